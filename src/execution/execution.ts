import type { ExecutionError } from '../errors/call-errors.js';
import type { Output } from '../errors/interpreter-death.js';
import type { ExecutionOrigin } from './observing/execution-event.js';
import type { Shown } from './shown.js';

export interface ExecutionResult extends Output {
  /** `str(fujian_return)` at the end of the execution; empty if the code did not set it. */
  readonly return: string;
  /** Set if the code raised, was interrupted or timed out. */
  readonly error?: ExecutionError;
  /**
   * Number of interactive code in this interpreter, from 1 on. Missing if the code did not begin.
   */
  readonly count?: number;
  /** Data that interactive code showed, in order, ending with the value of its last expression. */
  readonly shown?: readonly Shown[];
  /**
   * Names of the session's threads that an isolated execution lacked: threads do not survive a fork, and
   * code that waits for them does not end. Missing if there are none.
   */
  readonly lostThreads?: readonly string[];
}

export interface ExecuteOptions {
  /** Name of the code in tracebacks. Default: `<fujian-N>`. */
  readonly filename?: string;
  /**
   * Milliseconds from the start of the execution to its interrupt; 0 for no limit. Default: the
   * module's.
   */
  readonly timeout?: number;
  /**
   * Aborts the execution. Code that has not begun does not run, and `ExecutionAbortedError` is
   * thrown; running code is interrupted.
   */
  readonly signal?: AbortSignal;
  /**
   * Answers `input()`, `getpass()` and reads of `sys.stdin` with a line, or with null or undefined
   * for the end of input. If the handler throws, they raise EOFError with its message. Without a
   * handler `input()` and `getpass()` raise EOFError at once, and `sys.stdin` is empty.
   */
  readonly onInput?: InputHandler;
  /**
   * Runs the code in a fork of the session that is discarded afterwards. The code sees the
   * session's state as of its turn and cannot change it. Isolated executions do not wait for each
   * other.
   */
  readonly isolated?: boolean;
  /**
   * Runs the code as a notebook does: the value of the last expression, `display()`, plots,
   * top-level `await`, `!command`. See docs/interactive.md.
   */
  readonly interactive?: boolean;
  /** Environment variables while this code runs; restored afterwards. */
  readonly env?: Readonly<Record<string, string>>;
  /** Source of the request, for logs, metrics and traces. Default: the protocol `injection`. */
  readonly origin?: ExecutionOrigin;
}

/** Options of `call()`, `evaluate()`, `get()`, `set()` and the like. */
export interface CallOptions extends Omit<ExecuteOptions, 'interactive' | 'filename'> {
  /**
   * Receives output as it is printed. Without a callback, output is discarded. If the callback
   * throws, or its promise rejects, the code is interrupted, and the call rejects with that error.
   * The code does not wait for the promise; the call does.
   */
  readonly onStdout?: (text: string) => unknown;
  readonly onStderr?: (text: string) => unknown;
}

/** Call options of the service, which has several sessions. */
export interface SessionCallOptions extends CallOptions {
  /** Default: `main`. */
  readonly session?: string;
}

/** Execution options of the service, which has several sessions. */
export interface SessionExecuteOptions extends ExecuteOptions {
  /** Default: `main`. */
  readonly session?: string;
}

export interface InputRequest {
  /** For a dialog: the output of the code has it too. */
  readonly prompt: string;
  /** The request comes from `getpass()`: do not echo the input. */
  readonly isPassword: boolean;
}

export type InputHandler = (
  request: InputRequest,
) => string | null | undefined | Promise<string | null | undefined>;

export interface StreamOptions extends ExecuteOptions {
  /**
   * Called after each event. A returned promise is backpressure: the code waits until it settles.
   * If it rejects, the code is interrupted, and the stream fails. For a client that reads slowly:
   * `() => response.writableNeedDrain ? once(response, 'drain') : undefined`.
   */
  readonly ready?: () => Promise<unknown> | undefined;
}

/** Stream options of the service, which has several sessions. */
export interface SessionStreamOptions extends StreamOptions {
  /** Default: `main`. */
  readonly session?: string;
}

/** Message that Python passed to `FUJIAN_WS.write_message()`. */
export type PushedMessage = string | Buffer;
