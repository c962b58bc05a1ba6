import { FujianError, UnavailableError } from './fujian-error.js';

/** The `signal` of an execution was aborted before the code began. */
export class ExecutionAbortedError extends FujianError {
  readonly code = 'FUJIAN_EXECUTION_ABORTED';

  /** @param cause the signal's reason. */
  constructor(cause: unknown) {
    super('The execution was aborted before its code began; nothing was run.', { cause });
  }
}

export class QueueFullError extends UnavailableError {
  readonly code = 'FUJIAN_QUEUE_FULL';

  constructor(readonly limit: number) {
    super(
      `${limit} executions are waiting already (option queueLimit, FUJIAN_QUEUE_LIMIT); send this one again when some have been answered.`,
    );
  }
}

export class ShuttingDownError extends UnavailableError {
  readonly code = 'FUJIAN_SHUTTING_DOWN';

  constructor() {
    super(
      'The service is shutting down; this code was not run. Send it again to a running service.',
    );
  }
}

/** A function that Python called asked Python's session for something: each would wait for the other. */
export class ReentrantCallError extends FujianError {
  readonly code = 'FUJIAN_REENTRANT_CALL';

  constructor(readonly session: string) {
    super(
      `Python, in session '${session}', waits for the function that it has called, and that function asks the ` +
        'same session for something, which would wait for Python. Ask another session, or when the function has returned.',
    );
  }
}
