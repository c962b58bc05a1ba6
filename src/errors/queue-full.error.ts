import { UnavailableError } from './unavailable.error.js';

export class QueueFullError extends UnavailableError {
  readonly code = 'FUJIAN_QUEUE_FULL';

  constructor(readonly limit: number) {
    super(
      `${limit} executions are waiting already (option queueLimit, FUJIAN_QUEUE_LIMIT); send this one again when some have been answered.`,
    );
  }
}
