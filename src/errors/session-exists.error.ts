import { FujianError } from './fujian-error.js';

export class SessionExistsError extends FujianError {
  readonly code = 'FUJIAN_SESSION_EXISTS';

  constructor(readonly session: string) {
    super(`There is a context ${session} already; choose another id, or leave it out.`);
  }
}
