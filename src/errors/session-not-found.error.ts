import { FujianError } from './fujian-error.js';

export class SessionNotFoundError extends FujianError {
  readonly code = 'FUJIAN_SESSION_NOT_FOUND';

  constructor(readonly session: string) {
    super(`Context ${session} not found`);
  }
}
