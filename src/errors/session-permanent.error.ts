import { FujianError } from './fujian-error.js';

export class SessionPermanentError extends FujianError {
  readonly code = 'FUJIAN_SESSION_PERMANENT';

  constructor(readonly session: string) {
    super(`Context ${session} is there as long as the service is; restart it to have it empty.`);
  }
}
