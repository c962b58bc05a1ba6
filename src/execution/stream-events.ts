import type { PushedMessage } from './execution.js';
import type { ExecutionError } from '../errors/call-errors.js';
import type { Shown } from './shown.js';

/**
 * Event of an execution. `result` or `error` comes after all output, `done` last. If the
 * interpreter dies, the stream fails with an `InterpreterDiedError` instead.
 */
export type StreamEvent =
  /** First event of interactive code; `count`: its number in this interpreter, from 1 on. */
  | { readonly type: 'begin'; readonly count: number }
  | { readonly type: 'stdout'; readonly text: string }
  | { readonly type: 'stderr'; readonly text: string }
  /** Message that the code passed to `FUJIAN_WS.write_message()`. */
  | { readonly type: 'push'; readonly message: PushedMessage }
  /** Data that interactive code shows, in order with its output. */
  | Shown
  /** The code ended; `return` is `str(fujian_return)`. */
  | { readonly type: 'result'; readonly return: string }
  /** The code raised, was interrupted or timed out. */
  | { readonly type: 'error'; readonly error: ExecutionError }
  | { readonly type: 'done' };

/**
 * Receives the events of an execution. A returned promise is backpressure: output waits, then the
 * code does. An exception, or a rejection, interrupts the code and fails the execution.
 *
 * @param watch for the result of a callback that does not hold up the code: if it is a promise, the
 * execution settles after it, and fails if it rejects.
 */
export type ExecutionListener = (
  event: StreamEvent,
  watch: (result: unknown) => void,
) => Promise<unknown> | undefined;
