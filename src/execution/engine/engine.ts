import type { Death, DeathReason } from '../../errors/interpreter-death.js';
import type { PushedMessage } from '../execution.js';
import type { ExecutionError } from '../../errors/call-errors.js';
import type { Output } from '../../errors/interpreter-death.js';
import type { ConnectionId, ExecutionId, KeptId, SessionId } from '../ids.js';
import type { SessionLimits } from '../session-limits.js';
import type { Shown } from '../shown.js';
import type { EncodedValue } from '../values/encode-value.js';

/** Injection token of the engine that runs the interpreters. */
export const INTERPRETER_ENGINE = Symbol('fujian:interpreter-engine');

/** The port that every engine implements: where interpreters come from. */
export interface InterpreterEngine {
  readonly condition: EngineCondition;

  /**
   * Gets ready to start interpreters.
   *
   * @throws PythonNotFoundError, PythonTooOldError, InterpreterStartError
   */
  start(): Promise<PythonInfo>;

  /** @throws InterpreterStartError */
  startInterpreter(spec: InterpreterSpec, observer: InterpreterObserver): Promise<Interpreter>;

  /**
   * Starts one with a copy of the state that `parent` has when it has run what was submitted to it so far.
   * Limits, directory and environment are the parent's.
   *
   * @throws InterpreterStartError
   */
  forkInterpreter(
    parent: Interpreter,
    session: SessionId,
    observer: InterpreterObserver,
  ): Promise<ForkedInterpreter>;

  /** Ends all interpreters and everything they started. */
  stop(): Promise<void>;
}

/** Whether interpreters can be started; `down`: what starts them has ended, and is started again when it is needed. */
export type EngineCondition = 'up' | 'starting' | 'down';

/** Of which kind an interpreter is to be. */
export interface InterpreterSpec {
  readonly session: SessionId;
  /** Default: the service's own. */
  readonly cwd: string | undefined;
  /** Beside the service's own. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: SessionLimits;
}

export interface ForkedInterpreter {
  readonly interpreter: Interpreter;
  /** Names of the threads that the parent has, and the fork has not. */
  readonly lostThreads: readonly string[];
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

  /** Which execution runs now, as far as is known; undefined: none does. */
  readonly runningId: ExecutionId | undefined;

  /** Hands over code to run. What is handed over runs in that order, one at a time. */
  submit(execution: Submission): void;

  /** Raises KeyboardInterrupt in that execution if it is running or about to; else does nothing. */
  interrupt(execution: ExecutionId): void;

  /** Bytes that it takes for itself, what it shares with others counted by its part; undefined where nobody can tell. */
  memory(): Promise<number | undefined>;

  /** What it keeps under this number it need not keep any more, once it has run what was submitted. */
  release(id: KeptId): void;

  /** Answers what `asked` reported. Too late, it does nothing. */
  answerInput(request: number, reply: InputReply): void;

  /** Kills it with all that it started; the reason becomes the death's. */
  kill(reason: DeathReason): void;

  /** Tells Python that it can push to this connection. */
  connectionOpened(connection: ConnectionId): void;
  connectionClosed(connection: ConnectionId): void;
}

export interface Submission {
  readonly id: ExecutionId;
  /** Empty where there is an operation. */
  readonly code: string;
  /** In place of code, and it comes to a value: see operation.ts. Its functions can be called from then on. */
  readonly operation: EncodedValue | undefined;
  readonly filename: string | undefined;
  /** The connection that the code came over. */
  readonly connection: ConnectionId | undefined;
  /** The connection is this execution's alone: open as long as it runs, and unknown to all others. */
  readonly ownsConnection: boolean;
  /** What it prints is reported as it comes, rather than with its end. */
  readonly streams: boolean;
  /** Somebody answers its `input()`. */
  readonly answersInput: boolean;
  /** It runs as in a notebook, and what it shows is reported. */
  readonly isInteractive: boolean;
  /** Set while it runs. */
  readonly env: Readonly<Record<string, string>>;
}

/** How `input()` ends: with a line, or with an EOFError. */
export type InputReply =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly reason: string };

export interface Outcome extends Output {
  /** Whether the code had begun when it was interrupted. If not, it had no effect. */
  readonly hasBegun: boolean;
  readonly returned: string;
  /** What an operation came to. */
  readonly value?: unknown;
  readonly error: ExecutionError | undefined;
}

export interface InputQuestion {
  /** By which the answer finds it. */
  readonly request: number;
  readonly prompt: string;
  readonly isPassword: boolean;
}

/** What an interpreter reports, in the order in which it happened. */
export interface InterpreterObserver {
  done(execution: ExecutionId, outcome: Outcome): void;

  /** Interactive code begins: `count` is its number in this interpreter. Before anything else of it. */
  began(execution: ExecutionId, count: number): void;

  /**
   * Interactive code shows something: if it streams, in order with what it prints. A promise that is returned
   * holds back everything that follows until it settles.
   */
  showed(execution: ExecutionId, shown: Shown): Promise<void> | undefined;

  /** A promise that is returned holds back everything that follows until it settles. */
  pushed(connection: ConnectionId, message: PushedMessage): Promise<void> | undefined;

  /** Raw bytes that an execution which streams has printed. A promise holds back what it prints next. */
  printed(execution: ExecutionId, stream: keyof Output, bytes: Buffer): Promise<void> | undefined;

  /** `input()` waits in that execution, which may run before the end of the one before it is reported. */
  asked(execution: ExecutionId, question: InputQuestion): void;

  /** Raw bytes that were printed while no code was running. */
  printedBetweenRuns(stream: keyof Output, bytes: Buffer): void;

  /** `fujian.log()`. */
  logged(text: string): void;

  died(death: Death): void;
}
