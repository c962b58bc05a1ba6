import type { ExecutionResult } from '../execution.js';

/** Of an execution that may be an operation, which comes to a value. */
export interface OperationResult extends ExecutionResult {
  readonly value?: unknown;
}
