import type { Death, DeathReason, Output } from '../../errors/interpreter-death.js';
import type { ExecutionError } from '../../errors/call-errors.js';
import type { ConnectionId, ExecutionId, KeptId, SessionId } from '../ids.js';
import type { Text } from '../long-text.js';
import type { SessionLimits } from '../session-limits.js';
import type { Shown } from '../shown.js';
import type { EncodedValue } from '../values/encode-value.js';
import type { CallFunction } from '../values/javascript-function.js';

/** Injection token of the engine that runs the interpreters. */
export const INTERPRETER_ENGINE = Symbol('fujian:interpreter-engine');

/** Port that every engine implements: the source of interpreters. */
export interface InterpreterEngine {
  readonly condition: EngineCondition;

  /**
   * Prepares the engine to start interpreters.
   *
   * @throws PythonNotFoundError, PythonTooOldError, InterpreterStartError
   */
  start(): Promise<PythonInfo>;

  /** @throws InterpreterStartError */
  startInterpreter(spec: InterpreterSpec, observer: InterpreterObserver): Promise<Interpreter>;

  /**
   * Forks an interpreter once it has run everything submitted to it so far. The fork has the
   * parent's limits, directory and environment.
   *
   * @throws InterpreterStartError
   */
  forkInterpreter(
    parent: Interpreter,
    session: SessionId,
    observer: InterpreterObserver,
  ): Promise<Interpreter>;

  /** Ends all interpreters and everything they started. */
  stop(): Promise<void>;
}

/**
 * Whether interpreters can be started. `down`: the supervisor has ended, and is restarted on
 * demand. `unresponsive`: it does not answer, and is replaced unless it does soon.
 */
export type EngineCondition = 'up' | 'starting' | 'down' | 'unresponsive';

/** Settings of an interpreter. */
export interface InterpreterSpec {
  readonly session: SessionId;
  /** Default: the service's. */
  readonly cwd: string | undefined;
  /** Environment variables in addition to the service's. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: SessionLimits;
}

export interface PythonInfo {
  /** For example `3.11.7`. */
  readonly version: string;
  /** Path of the real binary, behind links and shims. */
  readonly executable: string;
}

/** Interpreter process, from its start to its death. */
export interface Interpreter {
  readonly pid: number;

  /** Names of its parent's threads that it lacks; empty if it is no fork. */
  readonly lostThreads: readonly string[];

  /** The running execution, as far as Node knows; undefined if none is running. */
  readonly runningId: ExecutionId | undefined;

  /** Hands over an execution. Executions run one at a time, in order. */
  submit(execution: Submission): void;

  /**
   * Raises KeyboardInterrupt in an execution that is running or handed over. Does nothing if it has
   * ended.
   */
  interrupt(execution: ExecutionId): void;

  /**
   * Measures memory in bytes (proportional set size); resolves with undefined where it cannot be
   * measured.
   */
  memory(): Promise<number | undefined>;

  /** Drops a kept object once everything submitted so far has run. */
  release(id: KeptId): void;

  /** Replies to an `asked` report. Does nothing if the execution has ended. */
  answerInput(request: number, reply: InputReply): void;

  /**
   * Has the interpreter, which runs no code, end as Python ends a program: with its exit functions.
   * Kills it after `grace` milliseconds. `reason` becomes that of the death.
   */
  end(reason: DeathReason, grace: number): void;

  /** Kills the interpreter and all that it started. `reason` becomes that of the death. */
  kill(reason: DeathReason): void;

  /** Tells Python that it can push to this connection. */
  connectionOpened(connection: ConnectionId): void;
  connectionClosed(connection: ConnectionId): void;
}

export interface Submission {
  readonly id: ExecutionId;
  /** Empty if there is an operation. */
  readonly code: string;
  /**
   * Runs instead of code and has a value: see operation.ts. Python can call its functions from then
   * on.
   */
  readonly operation: EncodedValue | undefined;
  /** Calls those functions, and the functions that they return. */
  readonly callFunction?: CallFunction | undefined;
  readonly filename: string | undefined;
  /** Connection that the request came over. */
  readonly connection: ConnectionId | undefined;
  /**
   * The connection belongs to this execution: it is open only while the code runs, and hidden from
   * others.
   */
  readonly ownsConnection: boolean;
  /** Output is reported as it comes instead of at the end. */
  readonly streams: boolean;
  /** The caller answers `input()`. */
  readonly answersInput: boolean;
  /** The code runs as in a notebook, and what it shows is reported. */
  readonly isInteractive: boolean;
  /** Environment variables while the code runs. */
  readonly env: Readonly<Record<string, string>>;
}

/** How `input()` ends: with a line, or with an EOFError. */
export type InputReply =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Output that may be long. */
export type OutputTexts = Readonly<Record<keyof Output, Text>>;

export interface Outcome extends OutputTexts {
  /** Whether the code had begun when it was interrupted. If false, the code had no effect. */
  readonly hasBegun: boolean;
  readonly returned: Text;
  /** Value of an operation. */
  readonly value?: unknown;
  readonly error: ExecutionError | undefined;
}

export interface InputQuestion {
  /** Number that the reply carries. */
  readonly request: number;
  readonly prompt: string;
  readonly isPassword: boolean;
}

/** Receives the reports of an interpreter, in the order of the events. */
export interface InterpreterObserver {
  done(execution: ExecutionId, outcome: Outcome): void;

  /**
   * Interactive code begins, before its other reports: `count` is its number in this interpreter.
   */
  began(execution: ExecutionId, count: number): void;

  /**
   * Interactive code shows something: if the execution streams, in order with its output. A
   * returned promise is backpressure: it holds back all further reports.
   */
  showed(execution: ExecutionId, shown: Shown): Promise<void> | undefined;

  /**
   * Python pushes a message. A returned promise is backpressure: it holds back all further reports.
   */
  pushed(connection: ConnectionId, message: Text | Buffer): Promise<void> | undefined;

  /**
   * A streaming execution printed bytes. A returned promise is backpressure for its further output.
   */
  printed(execution: ExecutionId, stream: keyof Output, bytes: Buffer): Promise<void> | undefined;

  /** The execution waits in `input()`. The end of the previous execution may be reported later. */
  asked(execution: ExecutionId, question: InputQuestion): void;

  /** Bytes were printed while no code was running. */
  printedBetweenRuns(stream: keyof Output, bytes: Buffer): void;

  /** Python called `fujian.log()`. */
  logged(text: string): void;

  died(death: Death): void;
}
