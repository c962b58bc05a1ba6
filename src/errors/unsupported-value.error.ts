import { FujianError } from './fujian-error.js';

/** A value, or a part of it, has no form in Python. */
export class UnsupportedValueError extends FujianError {
  readonly code = 'FUJIAN_UNSUPPORTED_VALUE';

  constructor(
    /** Where it is in what was passed: `args[0].points[3]`. */
    readonly path: string,
    what: string,
  ) {
    super(`At ${path} there is ${what}, which cannot be passed to Python.`);
  }
}
