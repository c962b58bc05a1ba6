import type { ExecutionError, Output, PushedMessage } from '../execution.js';
import type { ConnectionId, ExecutionId, SessionId } from '../ids.js';

/** Injection token of the engine that runs the interpreters. */
export const INTERPRETER_ENGINE = Symbol('fujian:interpreter-engine');

/** The port that every engine implements: where interpreters come from. */
export interface InterpreterEngine {
  /**
   * Gets ready to start interpreters.
   *
   * @throws PythonNotFoundError, PythonTooOldError, InterpreterStartError
   */
  start(): Promise<PythonInfo>;

  /** @throws InterpreterStartError */
  startInterpreter(session: SessionId, observer: InterpreterObserver): Promise<Interpreter>;

  /** Ends all interpreters and everything they started. */
  stop(): Promise<void>;
}

export interface PythonInfo {
  /** For example `3.11.7`. */
  readonly version: string;
  /** The real binary, behind links and shims. */
  readonly executable: string;
}

/** One live interpreter, from its start to its death. */
export interface Interpreter {
  readonly pid: number;

  /** Hands over code to run. What is handed over runs in that order, one at a time. */
  submit(execution: Submission): void;

  /** Raises KeyboardInterrupt in that execution if it is running or about to; else does nothing. */
  interrupt(execution: ExecutionId): void;

  /** Kills it with all that it started; `reason` becomes the death's. */
  kill(reason: string): void;

  /** Tells Python that it can push to this connection. */
  connectionOpened(connection: ConnectionId): void;
  connectionClosed(connection: ConnectionId): void;
}

export interface Submission {
  readonly id: ExecutionId;
  readonly code: string;
  readonly filename: string | undefined;
  /** The connection that the code came over. */
  readonly connection: ConnectionId | undefined;
}

export interface Outcome extends Output {
  readonly returned: string;
  readonly error: ExecutionError | undefined;
}

export interface Death {
  /** A phrase that completes "the interpreter ended: …". */
  readonly reason: string;
  readonly signal: string | undefined;
  readonly exitCode: number | undefined;
  /** What the execution under way had printed. */
  readonly partialOutput: Output;
}

/** What an interpreter reports, in the order in which it happened. */
export interface InterpreterObserver {
  done(execution: ExecutionId, outcome: Outcome): void;

  /** A promise that is returned holds back everything that follows until it settles. */
  pushed(connection: ConnectionId, message: PushedMessage): Promise<void> | undefined;

  /** Raw bytes that were printed while no code was running. */
  printedBetweenRuns(stream: keyof Output, bytes: Buffer): void;

  /** `fujian.log()`. */
  logged(text: string): void;

  died(death: Death): void;
}
