import { FujianError } from './fujian-error.js';

/** A session cannot be created in this way. */
export class SessionOptionsError extends FujianError {
  readonly code = 'FUJIAN_SESSION_OPTIONS';
}
