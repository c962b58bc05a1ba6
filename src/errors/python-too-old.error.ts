import { FujianError } from './fujian-error.js';

export class PythonTooOldError extends FujianError {
  readonly code = 'FUJIAN_PYTHON_TOO_OLD';

  constructor(
    readonly executable: string,
    readonly version: string,
  ) {
    super(
      `${executable} is Python ${version}; Fujian needs 3.9 or later. Set the option python (FUJIAN_PYTHON) to the path of a newer one.`,
    );
  }
}
