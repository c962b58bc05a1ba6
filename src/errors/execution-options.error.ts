import { FujianError } from './fujian-error.js';

/** `ExecutionModule` was given options that it cannot go by. */
export class ExecutionOptionsError extends FujianError {
  readonly code = 'FUJIAN_EXECUTION_OPTIONS';
}
