import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MARK, processesMarked } from '../support/processes.js';
import { anyPython } from '../support/pythons.js';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface LaunchOptions {
  /** Added to port 0, the Python of the tests and a long shutdown grace. */
  readonly settings?: Readonly<Record<string, string | undefined>>;
  /** Default: `node dist/main.js`. */
  readonly command?: readonly string[];
  readonly cwd?: string;
}

/** Longer than running code takes to end at the stop, even on a busy machine. */
const PATIENT = '60s';

const LISTENS = /listens on (http\S+)/;

/** The service as a process, as users start it. */
export class ServiceProcess {
  private readonly mark = randomUUID();
  /** Directory for temporary files, as a killed service leaves some. */
  private readonly temporary = mkdtempSync(join(tmpdir(), 'fujian-process-'));
  private readonly child: ChildProcess;
  /** Output so far. */
  stdout = '';
  stderr = '';
  /** Settles when the service has ended and all output has come. */
  readonly ended: Promise<Ending>;

  constructor({ settings = {}, command, cwd }: LaunchOptions = {}) {
    const [file, ...args] = command ?? [process.execPath, 'dist/main.js'];
    this.child = spawn(file!, args, {
      cwd,
      env: {
        ...ownEnvironment(),
        FUJIAN_PORT: '0',
        FUJIAN_PYTHON: anyPython().path,
        FUJIAN_SHUTDOWN_GRACE: PATIENT,
        TMPDIR: this.temporary,
        [MARK]: this.mark,
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a process group of its own, as in a terminal
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  /** Waits until the service has printed its addresses. */
  async ready(): Promise<void> {
    const stopped = new AbortController();
    void this.ended.then(() => stopped.abort());
    while (!LISTENS.test(this.stdout)) {
      await once(this.child.stdout!, 'data', { signal: stopped.signal }).catch(() => {
        throw new Error(`It ended before it listened: ${this.stderr}`);
      });
    }
  }

  /** URL of the first address. */
  get url(): string {
    return LISTENS.exec(this.stdout)![1]!;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Returns the files in the temporary directory. */
  files(): string[] {
    return readdirSync(this.temporary);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Runs code over HTTP; returns the status and the reply. */
  async post(code: string): Promise<{ status: number; reply: Record<string, string> }> {
    const headers = { Origin: 'http://localhost' };
    const response = await fetch(this.url, { method: 'POST', body: code, headers });
    const reply = (await response.json()) as Record<string, string>;
    return { status: response.status, reply };
  }

  /** Runs code that must not raise; returns `fujian_return`. */
  async run(code: string): Promise<string> {
    const { reply } = await this.post(code);
    if (reply['return'] === undefined || reply['traceback'] !== undefined) {
      throw new Error(reply['traceback'] ?? reply['message']);
    }
    return reply['return'];
  }

  /** Sends a signal to the process itself. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends a signal to the process group, as Ctrl-C in a terminal does. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.child.pid!, signal);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    this.signal(signal);
    return this.ended;
  }

  /** Waits until the service has received its signal to stop. */
  async takesNoMoreConnections(): Promise<void> {
    for (let isOpen = true; isOpen;) {
      const probe = connect(this.port, '127.0.0.1');
      isOpen = await once(probe, 'connect').then(
        () => true,
        () => false,
      );
      probe.destroy();
    }
  }

  /** Closes the reading ends of the output. */
  closeOutput(): void {
    this.child.stdout!.destroy();
    this.child.stderr!.destroy();
  }

  /** Returns the service and its descendants, as `pid command line`. */
  processes(): string[] {
    return processesMarked(this.mark);
  }

  /** Waits until no process is left; throws if one stays for a minute. */
  async gone(): Promise<void> {
    for (let looks = 0; looks < 3_000; looks++) {
      if (this.processes().length === 0) return;
      await sleep(20);
    }
    throw new Error(`Still there: ${this.processes().join('; ')}`);
  }

  /** Kills the remaining processes and removes the temporary files. */
  async dispose(): Promise<void> {
    for (const running of this.processes()) {
      try {
        process.kill(Number.parseInt(running), 'SIGKILL');
      } catch {
        // the process has ended meanwhile
      }
    }
    this.closeOutput();
    await this.ended;
    rmSync(this.temporary, { recursive: true });
  }
}

function ownEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('FUJIAN_'));
  return Object.fromEntries(kept);
}
