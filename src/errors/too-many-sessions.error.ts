import { UnavailableError } from './unavailable.error.js';

export class TooManySessionsError extends UnavailableError {
  readonly code = 'FUJIAN_TOO_MANY_SESSIONS';

  constructor(readonly limit: number) {
    super(`There are ${limit} contexts already (FUJIAN_MAX_SESSIONS); close one that is not used.`);
  }
}
