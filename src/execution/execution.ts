import type { ExecutionError } from '../errors/call-errors.js';
import type { Output } from '../errors/interpreter-death.js';
import type { ExecutionOrigin } from './observing/execution-event.js';
import type { Shown } from './shown.js';

export interface ExecutionResult extends Output {
  /** `str(fujian_return)` at the end of the run; empty if the code did not set it. */
  readonly return: string;
  /** There if the code raised, was interrupted or ran out of time. */
  readonly error?: ExecutionError;
  /** Of interactive code: its number in this interpreter, from 1 on. Missing if it did not even begin. */
  readonly count?: number;
  /** Of interactive code: what it showed, and the value of its last expression, in that order. */
  readonly shown?: readonly Shown[];
}

export interface ExecuteOptions {
  /** The name that tracebacks show for the code. Default: `<fujian-N>`. */
  readonly filename?: string;
  /** Milliseconds from the start of the run to its interrupt; 0: no limit. Default: the module's. */
  readonly timeout?: number;
  /**
   * Aborted before the code begins: it is not run, and `ExecutionAbortedError` says so. While it runs: it
   * is interrupted.
   */
  readonly signal?: AbortSignal;
  /**
   * Answers `input()` and `getpass()`: with a line, or with nothing for the end of the input. If it
   * throws, they raise EOFError with its message. Without it they do so at once.
   */
  readonly onInput?: InputHandler;
  /**
   * Runs the code in a fork of the session that is gone afterwards: it reads the state that the session has
   * when its turn has come, and changes nothing of it. Such executions do not wait for each other.
   */
  readonly isolated?: boolean;
  /**
   * Runs the code as a notebook does: the value of the last expression, `display()`, plots, top-level `await`,
   * `!command`. docs/interactive.md has all of it.
   */
  readonly interactive?: boolean;
  /** Environment variables while this code runs; afterwards they are what they were. */
  readonly env?: Readonly<Record<string, string>>;
  /** Who asks, for logs, metrics and traces. Default: the protocol `injection`. */
  readonly origin?: ExecutionOrigin;
}

/** Of `call()`, `evaluate()`, `get()` and `set()`. */
export interface CallOptions extends Omit<ExecuteOptions, 'interactive' | 'filename'> {
  /** Given what it prints, as it prints it. Without it nobody is. */
  readonly onStdout?: (text: string) => void;
  readonly onStderr?: (text: string) => void;
}

/** Of the service, which has several sessions. */
export interface SessionCallOptions extends CallOptions {
  /** Default: `main`. */
  readonly session?: string;
}

/** Of the service, which has several sessions. */
export interface SessionExecuteOptions extends ExecuteOptions {
  /** Default: `main`. */
  readonly session?: string;
}

export interface InputRequest {
  readonly prompt: string;
  /** It comes from `getpass()`: what is typed should not be shown. */
  readonly isPassword: boolean;
}

export type InputHandler = (
  request: InputRequest,
) => string | null | undefined | Promise<string | null | undefined>;

export interface StreamOptions extends ExecuteOptions {
  /**
   * Asked after each event. A promise holds the code back until it settles: for a client that reads
   * slowly, `() => response.writableNeedDrain ? once(response, 'drain') : undefined`.
   */
  readonly ready?: () => Promise<unknown> | undefined;
}

/** Of the service, which has several sessions. */
export interface SessionStreamOptions extends StreamOptions {
  /** Default: `main`. */
  readonly session?: string;
}

/** A message that Python passed to `FUJIAN_WS.write_message()`. */
export type PushedMessage = string | Buffer;
