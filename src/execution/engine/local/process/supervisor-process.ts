import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import type { Duplex } from 'node:stream';
import { InterpreterStartError, PythonTooOldError } from '../../../../errors/start-errors.js';
import { FrameDecoder } from '../channel/frame-decoder.js';
import { encodeJson } from '../channel/frame-encoder.js';
import { FrameType } from '../channel/frame-types.js';
import { PYTHON_SIDE } from './python-side.js';
import {
  decodeExited,
  decodeForkFailed,
  decodeSupervising,
  type Exited,
  type Supervising,
} from '../channel/messages.js';

/** Exit status by which the bootstrap says that this Python is too old; its version is on stdout. */
const TOO_OLD = 86;

/**
 * Runs on any Python from 2.7 on. The working directory is off the path while our own modules are
 * imported, so that no file of the user's stands in for one of the standard library's.
 */
const BOOTSTRAP = `
import sys
if sys.version_info < (3, 9):
    sys.stdout.write('.'.join(map(str, sys.version_info[:3])))
    sys.stdout.flush()
    sys.exit(${TOO_OLD})
directory, start = sys.argv[1:3]
sys.path[:] = [directory] + [entry for entry in sys.path if entry]
from _fujian.supervisor import main
sys.path.remove(directory)
main(start, sys.argv[3:])
`;

export interface SupervisorOptions {
  readonly python: string;
  readonly start: 'fork' | 'spawn';
  readonly preload: readonly string[];
  readonly cwd: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
}

/** What Node asks the supervisor to fork: `SessionSpec` in session.py. */
export interface SessionSpec {
  readonly session: string;
  /** Of this package: `fujian.__version__`. */
  readonly version: string;
  readonly token: string;
  readonly channel: string;
  readonly stdout: string;
  readonly stderr: string;
  /** In hexadecimal digits. */
  readonly marker: string;
  readonly limits: SpecLimits;
  readonly cwd?: string;
  /** Beside what the supervisor has. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Of `SessionLimits`, those that are set, in the units of the operating system. */
export interface SpecLimits {
  /** Bytes. */
  readonly memory?: number;
  /** Seconds. */
  readonly cpuTime?: number;
  readonly processes?: number;
  /** Bytes. */
  readonly fileSize?: number;
  readonly openFiles?: number;
}

/** How the supervisor itself has ended, and all sessions with it. */
export interface SupervisorEnd {
  readonly how: string;
}

interface SupervisorEvents {
  exited: [Exited];
  forkFailed: [{ session: string; message: string }];
  /** A line that the supervisor, or a session before it is set up, wrote to its standard output or error. */
  line: [string];
  /** The supervisor itself is gone; its sessions go with it. */
  ended: [SupervisorEnd];
}

/** The fork server as a child process: the one place that spawns. */
export class SupervisorProcess extends EventEmitter<SupervisorEvents> {
  private constructor(
    private readonly child: ChildProcess,
    private readonly control: Duplex,
  ) {
    super();
  }

  /** @throws PythonTooOldError, InterpreterStartError */
  static async start(options: SupervisorOptions): Promise<[SupervisorProcess, Supervising]> {
    const child = spawn(
      options.python,
      ['-c', BOOTSTRAP, PYTHON_SIDE, options.start, ...options.preload],
      {
        cwd: options.cwd,
        env: options.environment,
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        // Its own process group: Ctrl-C in the service's terminal is the service's to handle.
        detached: true,
      },
    );
    const supervisor = new SupervisorProcess(child, child.stdio[3] as Duplex);
    return [supervisor, await supervisor.ready(options)];
  }

  fork(spec: SessionSpec): void {
    this.control.write(encodeJson(FrameType.FORK, spec));
  }

  /** A session has forked a clone of itself, which is the supervisor's to look after. */
  adopt(clone: { session: string; pid: number; processes?: number }): void {
    this.control.write(encodeJson(FrameType.ADOPT, clone));
  }

  /** How many clones of itself a session makes now: their processes are not its own. */
  cloning(session: { pid: number; clones: number }): void {
    this.control.write(encodeJson(FrameType.CLONING, session));
  }

  /** Ends the supervisor, all sessions and all that they started. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.control.end();
    await ended;
  }

  private async ready({ python, cwd = '.' }: SupervisorOptions): Promise<Supervising> {
    const printed: string[] = [];
    this.readLines((line) => {
      printed.push(line);
      if (printed.length > 100) printed.shift();
      this.emit('line', line);
    });
    return new Promise<Supervising>((resolve, reject) => {
      const decoder = new FrameDecoder((type, payload) => {
        if (type === FrameType.SUPERVISING) resolve(decodeSupervising(payload));
        else if (type === FrameType.EXITED) this.emit('exited', decodeExited(payload));
        else if (type === FrameType.FORK_FAILED) this.emit('forkFailed', decodeForkFailed(payload));
      });
      this.control.on('data', (chunk: Buffer) => decoder.feed(chunk));
      this.control.on('error', () => this.control.destroy());
      this.child.on('error', (cause) =>
        reject(
          new InterpreterStartError(
            `${python} could not be started in the directory ${cwd}: ${cause.message}`,
            { cause },
          ),
        ),
      );
      // 'close' comes after 'exit' and after all that was printed.
      this.child.on('close', (code, signal) => {
        reject(
          code === TOO_OLD
            ? new PythonTooOldError(python, printed[0] ?? 'older than 3.9')
            : new InterpreterStartError(
                printed.at(-1) ??
                  `${python} ended before it was ready (${signal ?? `exit code ${code}`}).`,
              ),
        );
        this.emit('ended', { how: howItEnded(code, signal, printed.at(-1)) });
      });
    });
  }

  private readLines(take: (line: string) => void): void {
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop()!;
        lines.forEach(take);
      });
      stream.on('end', () => rest && take(rest));
    }
  }
}

/** Its traceback's last line says why it failed; of a signal and of an end in order it says nothing. */
function howItEnded(
  code: number | null,
  signal: NodeJS.Signals | null,
  lastLine: string | undefined,
): string {
  if (signal !== null) return `killed by ${signal}`;
  const why = code === 0 || lastLine === undefined ? '' : `: ${lastLine}`;
  return `exit code ${code}${why}`;
}
