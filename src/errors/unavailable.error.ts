import { FujianError } from './fujian-error.js';

/** Nothing was run and nothing is wrong with the request: the same request may succeed later. */
export abstract class UnavailableError extends FujianError {
  /** Seconds after which another try makes sense. */
  readonly retryAfter: number = 1;
}
