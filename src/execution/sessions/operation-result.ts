import type { ExecutionResult } from '../execution.js';

/** Result of an execution; operations have a value, too. */
export interface OperationResult extends ExecutionResult {
  readonly value?: unknown;
}
