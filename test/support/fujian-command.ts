import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { anyPython } from './pythons.js';

export interface CommandOptions {
  /** Added to the Python of the tests; replaces the settings of the machine. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Standard input, as a whole. If undefined, it stays open. */
  readonly input?: string;
  /** Default: `node bin/fujian.js`. */
  readonly program?: readonly string[];
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const FUJIAN = [process.execPath, resolve('bin/fujian.js')] as const;

/** `fujian` as a process, or another program, such as Python, to compare it with. */
export class FujianCommand {
  private readonly child: ChildProcess;
  private stdout = '';
  private stderr = '';
  readonly ended: Promise<Outcome>;

  constructor(args: readonly string[], { env, cwd, input, program = FUJIAN }: CommandOptions = {}) {
    const [file, ...rest] = [...program, ...args];
    this.child = spawn(file!, rest, {
      cwd,
      env: { ...withoutSettings(), FUJIAN_PYTHON: anyPython().path, ...env },
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.child.stdin!.on('error', () => undefined); // EPIPE: the process ended without reading its input
    if (input !== undefined) this.child.stdin!.end(input);
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code) => {
        this.child.stdin!.destroy();
        resolve({ code, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  /** Waits until the command has printed this text. */
  async prints(text: string, stream: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
    while (!this[stream].includes(text)) {
      await Promise.race([once(this.child[stream]!, 'data'), this.ended.then(unexpected)]);
    }
  }

  type(text: string): void {
    this.child.stdin!.write(text);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  closeOutput(): void {
    this.child.stdout!.destroy();
  }
}

export function fujian(args: readonly string[], options?: CommandOptions): Promise<Outcome> {
  return new FujianCommand(args, { input: '', ...options }).ended;
}

export function withoutSettings(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('FUJIAN_'));
  return Object.fromEntries(kept);
}

function unexpected({ stdout, stderr }: Outcome): never {
  throw new Error(`It ended before: ${stdout}${stderr}`);
}
