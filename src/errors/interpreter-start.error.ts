import { FujianError } from './fujian-error.js';

/** No interpreter could be started. */
export class InterpreterStartError extends FujianError {
  readonly code = 'FUJIAN_INTERPRETER_START';
}
