import { FujianError, UnavailableError } from './fujian-error.js';

/** Output that code wrote to its two streams. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Cause of an interpreter's death. */
export type DeathCause =
  /** The interpreter exited, as by `os._exit(3)`. */
  | 'exit'
  /** A signal: a crash in C code, `kill`, the out-of-memory killer. */
  | 'signal'
  | 'memory-limit'
  | 'cpu-limit'
  | 'process-limit'
  /** The code did not stop when it was interrupted. */
  | 'not-stopped'
  /** The code closed or corrupted the interpreter's channel to the service. */
  | 'channel'
  /** The supervisor, which had forked the interpreter, ended. */
  | 'supervisor'
  /** A restart was requested. */
  | 'restart'
  /** The session was closed. */
  | 'closed'
  /** The start-up code failed. */
  | 'start';

export interface DeathReason {
  readonly cause: DeathCause;
  /** A phrase that completes "the interpreter ended: …". */
  readonly reason: string;
}

export interface Death extends DeathReason {
  readonly signal: string | undefined;
  readonly exitCode: number | undefined;
  /** Bytes; undefined where they cannot be measured. */
  readonly peakMemory: number | undefined;
  /** Output of the execution that was running. */
  readonly partialOutput: Output;
}

/** The interpreter ended while this code ran or waited. */
export class InterpreterDiedError extends FujianError {
  readonly code = 'FUJIAN_INTERPRETER_DIED';

  constructor(
    readonly death: Death,
    /** Whether the code had begun. If false, the code had no effect. */
    readonly started: boolean,
    /** Output that the code had printed. */
    readonly partialOutput: Output,
    isReplaced = true,
    options?: ErrorOptions,
  ) {
    const what = started ? RUNNING : 'This code was not run: the interpreter it waited for ended';
    super(isReplaced ? deathMessage(death, what) : `${what}: ${death.reason}.`, options);
  }
}

const RUNNING = 'The Python interpreter ended';

export function deathMessage({ reason }: Death, what = RUNNING): string {
  return `${what}: ${reason}. A new interpreter takes its place, without the old one's variables.`;
}

/** Interpreters died so often that none starts for a while. */
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
