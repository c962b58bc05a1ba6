import type { CallOptions } from '../execution.js';
import type { KeptId } from '../ids.js';
import type { KeepOptions, Operation } from './operation.js';

/** Session that performs operations. */
export interface CallSession {
  /**
   * Resolves with the value of the operation, or with `KEPT_ITERATOR` for an iterator that Python
   * keeps.
   *
   * @throws as `PythonCalls.call()`
   */
  perform(operation: Operation, options: CallOptions, keepOptions?: KeepOptions): Promise<unknown>;

  /** Lets Python drop a kept object. Never throws. */
  release(id: KeptId): void;
}
