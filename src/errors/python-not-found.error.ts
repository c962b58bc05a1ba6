import { FujianError } from './fujian-error.js';

export class PythonNotFoundError extends FujianError {
  readonly code = 'FUJIAN_PYTHON_NOT_FOUND';

  constructor(
    lookedFor: string,
    remedy = 'Install Python 3.9 or later, or set the option python (FUJIAN_PYTHON) to its path.',
  ) {
    super(`No Python found: looked for ${lookedFor}. ${remedy}`);
  }
}
