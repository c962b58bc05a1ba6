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
  decodeStartFailed,
  decodeSupervising,
  type Exited,
  type Supervising,
} from '../channel/messages.js';

/** Exit status of the bootstrap on a Python that is too old. It prints the version. */
const TOO_OLD = 86;

/**
 * Runs on any Python since 2.7. Takes the working directory off `sys.path` while it imports our
 * modules, so that no user file shadows a standard library module.
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

/** Specification of a session to start or fork: `SessionSpec` in session.py. */
export interface SessionSpec {
  readonly session: string;
  /** Version of this package: `fujian.__version__`. */
  readonly version: string;
  readonly token: string;
  readonly channel: string;
  readonly stdout: string;
  readonly stderr: string;
  /** Hexadecimal. */
  readonly marker: string;
  readonly limits: SpecLimits;
  readonly cwd?: string;
  /** Added to the supervisor's environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The limits that are set, in the units of the operating system. */
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

/** End of the supervisor, which ends all its sessions. */
export interface SupervisorEnd {
  readonly how: string;
}

interface SupervisorEvents {
  exited: [Exited];
  startFailed: [{ session: string; message: string }];
  /** A line that the supervisor, or a session before its setup, printed. */
  line: [string];
  /** The supervisor has ended, and all sessions with it. */
  ended: [SupervisorEnd];
}

/** The fork server as a child process. */
export class SupervisorProcess extends EventEmitter<SupervisorEvents> {
  private constructor(
    private readonly child: ChildProcess,
    private readonly control: Duplex,
  ) {
    super();
  }

  /**
   * Starts a supervisor and waits until it is ready.
   *
   * @throws PythonTooOldError if Python is older than 3.9.
   * @throws InterpreterStartError if the process cannot start or ends first.
   */
  static async start(options: SupervisorOptions): Promise<[SupervisorProcess, Supervising]> {
    const child = spawn(
      options.python,
      ['-c', BOOTSTRAP, PYTHON_SIDE, options.start, ...options.preload],
      {
        cwd: options.cwd,
        env: options.environment,
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        // A process group of its own, so that Ctrl-C in the terminal reaches only the service.
        detached: true,
      },
    );
    const supervisor = new SupervisorProcess(child, child.stdio[3] as Duplex);
    return [supervisor, await supervisor.ready(options)];
  }

  startSession(spec: SessionSpec): void {
    this.control.write(encodeJson(FrameType.START, spec));
  }

  /** Has the supervisor watch a fork of a session. */
  adopt(fork: { session: string; pid: number; processes?: number }): void {
    this.control.write(encodeJson(FrameType.ADOPT, fork));
  }

  /** Reports how many forks a session is making, whose processes do not count for its limit. */
  forking(session: { pid: number; forks: number }): void {
    this.control.write(encodeJson(FrameType.FORKING, session));
  }

  /** Ends the supervisor, all sessions and their subprocesses. */
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
        else if (type === FrameType.START_FAILED)
          this.emit('startFailed', decodeStartFailed(payload));
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
      // 'close' comes after 'exit' and after all output.
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

/** Describes the end. The last line of a traceback says why the supervisor failed. */
function howItEnded(
  code: number | null,
  signal: NodeJS.Signals | null,
  lastLine: string | undefined,
): string {
  if (signal !== null) return `killed by ${signal}`;
  const why = code === 0 || lastLine === undefined ? '' : `: ${lastLine}`;
  return `exit code ${code}${why}`;
}
