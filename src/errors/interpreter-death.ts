import { FujianError, UnavailableError } from './fujian-error.js';

/** What code wrote to its two output streams. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** What brings interpreters down. */
export type DeathCause =
  /** It ended itself, as by `os._exit(3)`. */
  | 'exit'
  /** A signal of its own making or from outside: a crash in C code, `kill`, the out-of-memory killer. */
  | 'signal'
  | 'memory-limit'
  | 'cpu-limit'
  | 'process-limit'
  /** It did not stop when it was interrupted. */
  | 'not-stopped'
  /** It cut or spoiled its own channel to the service. */
  | 'channel'
  /** The process that had forked it ended. */
  | 'supervisor'
  /** Somebody asked for a new one. */
  | 'restart'
  /** Somebody closed its session. */
  | 'closed'
  /** It could not be made ready. */
  | 'start';

export interface DeathReason {
  readonly cause: DeathCause;
  /** A phrase that completes "the interpreter ended: …". */
  readonly reason: string;
}

export interface Death extends DeathReason {
  readonly signal: string | undefined;
  readonly exitCode: number | undefined;
  /** Bytes; undefined where nobody could tell. */
  readonly peakMemory: number | undefined;
  /** What the execution under way had printed. */
  readonly partialOutput: Output;
}

/** The interpreter ended while it ran this code, or while this code waited for it. */
export class InterpreterDiedError extends FujianError {
  readonly code = 'FUJIAN_INTERPRETER_DIED';

  constructor(
    readonly death: Death,
    /** Whether the code had begun to run. If not, it had no effect. */
    readonly started: boolean,
    /** What the code printed before the end. */
    readonly partialOutput: Output,
    isReplaced = true,
  ) {
    const what = started ? RUNNING : 'This code was not run: the interpreter it waited for ended';
    super(isReplaced ? deathMessage(death, what) : `${what}: ${death.reason}.`);
  }
}

const RUNNING = 'The Python interpreter ended';

export function deathMessage({ reason }: Death, what = RUNNING): string {
  return `${what}: ${reason}. A new interpreter takes its place, without the old one's variables.`;
}

/** Interpreters died so often that none is started for a while. */
export class CircuitOpenError extends UnavailableError {
  readonly code = 'FUJIAN_CIRCUIT_OPEN';
  override readonly retryAfter: number;

  constructor(deaths: number, window: number, closedFor: number, lastReason: string) {
    const seconds = Math.max(1, Math.ceil(closedFor / 1000));
    super(
      `The interpreter ended ${deaths} times within ${window / 1000} s (the last time: ${lastReason}), ` +
        `so none is started for now; this code was not run. Send it again in ${seconds} s.`,
    );
    this.retryAfter = seconds;
  }
}
