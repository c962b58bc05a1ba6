import { FujianError } from './fujian-error.js';

/** The `signal` of an execution was aborted before the code began. */
export class ExecutionAbortedError extends FujianError {
  readonly code = 'FUJIAN_EXECUTION_ABORTED';

  /** @param cause the signal's reason. */
  constructor(cause: unknown) {
    super('The execution was aborted before its code began; nothing was run.', { cause });
  }
}
