import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { InterpreterStartError, PythonTooOldError } from '../../../../errors/start-errors.js';
import { PatientTimeout } from '../../../patient-timeout.js';
import { FrameDecoder, FrameError } from '../channel/frame-decoder.js';
import { encodeEmpty, encodeJson } from '../channel/frame-encoder.js';
import { FrameType } from '../channel/frame-types.js';
import {
  decodeExited,
  decodeStartFailed,
  decodeStarted,
  decodeSupervising,
  type Exited,
  type Started,
  type Supervising,
} from '../channel/messages.js';
import { contain } from './containment.js';
import { Heartbeat, HEARTBEAT_LIMIT } from './heartbeat.js';
import { PYTHON_SIDE } from './python-side.js';

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

/** Milliseconds that a supervisor has to import the preloaded modules. */
const READY_TIMEOUT = 120_000;
/** Milliseconds that a supervisor has to end its sessions and itself. Resource trackers get 5 s. */
const STOP_TIMEOUT = 10_000;
/** Milliseconds from its end to the end of its output, which another process may hold open. */
const OUTPUT_TIMEOUT = 500;

/** Specification of a session to start or fork: `SessionSpec` in session.py, and paths. */
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

/** Specification of a fork. */
export interface ForkSpec extends SessionSpec {
  /** Process of the session to fork. */
  readonly parent: number;
}

/** End of the supervisor, which ends all its sessions. */
export interface SupervisorEnd {
  readonly how: string;
}

interface SupervisorEvents {
  /** A session has a process, which greets on the channel when it is ready. */
  started: [Started];
  exited: [Exited];
  startFailed: [{ session: string; message: string }];
  /** A line that the supervisor, or a session before its setup, printed. */
  line: [string];
  /** The supervisor has ended, and all sessions with it. */
  ended: [SupervisorEnd];
}

/** The fork server as a child process. */
export class SupervisorProcess extends EventEmitter<SupervisorEvents> {
  private readonly heartbeat: Heartbeat;
  /** Why this service killed it. */
  private killedFor: string | undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly control: Duplex,
  ) {
    super();
    this.heartbeat = new Heartbeat({
      ask: () => this.control.write(encodeEmpty(FrameType.HEARTBEAT)),
      awaken: () => this.child.kill('SIGCONT'), // user code may have stopped it
      giveUp: () => this.kill(`it did not answer for ${HEARTBEAT_LIMIT / 1000} s and was killed`),
    });
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

  /** Whether it answers. */
  get isResponsive(): boolean {
    return !this.heartbeat.isMissed;
  }

  startSession(spec: SessionSpec): void {
    this.request(FrameType.START, spec);
  }

  /** Has the supervisor hand the descriptors of a fork to its parent. */
  prepareFork(spec: ForkSpec): void {
    this.request(FrameType.PREPARE_FORK, spec);
  }

  /** Ends the supervisor, all sessions and their subprocesses. */
  async stop(): Promise<void> {
    this.heartbeat.end();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGCONT'); // user code may have stopped it
    this.control.end();
    const kill = new PatientTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT);
    await ended;
    kill.clear();
  }

  private request(type: number, spec: SessionSpec): void {
    this.control.write(encodeJson(type, spec));
    this.heartbeat.ask(); // so that a stopped supervisor delays no start for long
  }

  private kill(reason: string): void {
    this.killedFor ??= reason;
    this.heartbeat.end();
    this.control.destroy();
    this.child.kill('SIGKILL');
  }

  private async ready({ python, cwd = '.' }: SupervisorOptions): Promise<Supervising> {
    const printed: string[] = [];
    this.readLines((line) => {
      printed.push(line);
      if (printed.length > 100) printed.shift();
      this.emit('line', line);
    });
    const late = `it was not ready within ${READY_TIMEOUT / 1000} s, probably because a preloaded module takes longer, and was killed`;
    const tooLate = new PatientTimeout(() => this.kill(late), READY_TIMEOUT);
    const ready = new Promise<Supervising>((resolve) => {
      const decoder = new FrameDecoder((type, payload) => {
        if (type === FrameType.SUPERVISING) resolve(decodeSupervising(payload));
        else this.take(type, payload);
      });
      this.control.on('data', (chunk: Buffer) =>
        contain(
          () => decoder.feed(chunk),
          (reason) => this.kill(reason),
        ),
      );
    });
    this.control.on('error', () => this.control.destroy());
    const unstartable = new Promise<never>((_, reject) =>
      this.child.on('error', (cause) => {
        const message = `${python} could not be started in the directory ${cwd}: ${cause.message}`;
        reject(new InterpreterStartError(message, { cause }));
      }),
    );
    const ended = this.end().then(([code, signal]) => {
      this.heartbeat.end();
      const how = this.killedFor ?? howItEnded(code, signal, printed.at(-1));
      this.emit('ended', { how });
      if (code === TOO_OLD) throw new PythonTooOldError(python, printed[0] ?? 'older than 3.9');
      const lastLine = this.killedFor === undefined ? printed.at(-1) : undefined;
      throw new InterpreterStartError(lastLine ?? `${python} ended before it was ready (${how}).`);
    });
    try {
      const supervising = await Promise.race([ready, unstartable, ended]);
      this.heartbeat.answered();
      return supervising;
    } finally {
      tooLate.clear();
    }
  }

  /** Waits for the end of the process and of its output. */
  private async end(): Promise<[number | null, NodeJS.Signals | null]> {
    const closed = new Promise((resolve) => this.child.once('close', resolve));
    const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      this.child.once('exit', (...how) => resolve(how)),
    );
    const how = await ended;
    await Promise.race([closed, setTimeout(OUTPUT_TIMEOUT, undefined, { ref: false })]);
    return how;
  }

  private take(type: number, payload: Buffer): void {
    switch (type) {
      case FrameType.STARTED:
        this.emit('started', decodeStarted(payload));
        return;
      case FrameType.EXITED:
        this.emit('exited', decodeExited(payload));
        return;
      case FrameType.START_FAILED:
        this.emit('startFailed', decodeStartFailed(payload));
        return;
      case FrameType.ALIVE:
        this.heartbeat.answered();
        return;
      default:
        throw new FrameError(`a frame of unknown type ${type}`);
    }
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
