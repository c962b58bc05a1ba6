import { UnavailableError } from './unavailable.error.js';

export class ShuttingDownError extends UnavailableError {
  readonly code = 'FUJIAN_SHUTTING_DOWN';

  constructor() {
    super(
      'The service is shutting down; this code was not run. Send it again to a running service.',
    );
  }
}
