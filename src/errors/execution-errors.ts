import { FujianError, UnavailableError } from './fujian-error.js';
import type { Output } from './interpreter-death.js';

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
      `The queue is full: ${limit} executions are waiting already (option queueLimit, FUJIAN_QUEUE_LIMIT). Retry when some have ended.`,
    );
  }
}

const NO_OUTPUT: Output = { stdout: '', stderr: '' };

/** The service stops: it did not run the code, or interrupted it after the grace. */
export class ShuttingDownError extends UnavailableError {
  readonly code = 'FUJIAN_SHUTTING_DOWN';

  constructor(
    /** Whether the code had begun. If false, the code had no effect. */
    readonly started = false,
    /** Output that the code had printed. */
    readonly partialOutput: Output = NO_OUTPUT,
    options?: ErrorOptions,
  ) {
    super(
      started
        ? 'The service is shutting down and has interrupted this code, which did not end in time (option shutdownGrace, FUJIAN_SHUTDOWN_GRACE). ' +
            'A part of it has run; check that before you send it again to a running service.'
        : 'The service is shutting down; this code was not run. Send it again to a running service.',
      options,
    );
  }
}

/**
 * A JavaScript function that Python called sent a request to the session that waits for it: a
 * deadlock.
 */
export class ReentrantCallError extends FujianError {
  readonly code = 'FUJIAN_REENTRANT_CALL';

  constructor(readonly session: string) {
    super(
      `Session '${session}' is waiting for the JavaScript function that it called, and that function sent it a ` +
        'request: each would wait for the other. Use another session, or send the request after the function returns.',
    );
  }
}
