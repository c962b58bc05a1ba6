import type { PushedMessage } from './execution.js';
import type { ExecutionError } from '../errors/call-errors.js';
import type { Shown } from './shown.js';

/**
 * What happens in an execution, as it happens. `result` or `error` comes after all output, `done` last.
 * Where the interpreter dies, an `InterpreterDiedError` takes the place of these.
 */
export type StreamEvent =
  /** Interactive code begins: its number in this interpreter, from 1 on. Before all others. */
  | { readonly type: 'begin'; readonly count: number }
  | { readonly type: 'stdout'; readonly text: string }
  | { readonly type: 'stderr'; readonly text: string }
  /** What the code passed to `FUJIAN_WS.write_message()`. */
  | { readonly type: 'push'; readonly message: PushedMessage }
  /** Interactive code shows something, in order with what it prints. */
  | Shown
  /** The code ended; `return` is `str(fujian_return)`. */
  | { readonly type: 'result'; readonly return: string }
  /** The code raised, was interrupted or ran out of time. */
  | { readonly type: 'error'; readonly error: ExecutionError }
  | { readonly type: 'done' };

/** A promise that is returned holds the code back: what it prints waits, and when there is no room it does. */
export type ExecutionListener = (event: StreamEvent) => Promise<unknown> | undefined;
