import type { CallOptions } from '../execution.js';
import type { KeptId } from '../ids.js';
import type { Keeping, Operation } from './operation.js';

/** Where operations are performed: a session. */
export interface Performer {
  /**
   * What the operation comes to; `KEPT_ITERATOR` for an iterator that is kept.
   *
   * @throws what `PythonCalls.call()` throws
   */
  perform(operation: Operation, options: CallOptions, keeping?: Keeping): Promise<unknown>;

  /** Nobody has a handle of it any more. Never fails. */
  release(id: KeptId): void;
}
