import type { CallOptions } from '../execution.js';
import type { KeptId } from '../ids.js';
import type { KeepOptions, Operation } from './operation.js';

/** Where operations are performed: a session. */
export interface CallSession {
  /**
   * What the operation comes to; `KEPT_ITERATOR` for an iterator that is kept.
   *
   * @throws what `PythonCalls.call()` throws
   */
  perform(operation: Operation, options: CallOptions, keepOptions?: KeepOptions): Promise<unknown>;

  /** Nobody has a handle of it any more. Never fails. */
  release(id: KeptId): void;
}
