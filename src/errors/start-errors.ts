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

/** Python was used before the application was initialised, which starts it. */
export class NotInitializedError extends FujianError {
  readonly code = 'FUJIAN_NOT_INITIALIZED';

  constructor() {
    super(
      'Python has not started, as the application is not initialised; nothing was run. ' +
        'First call await app.init(), or, in a test, await module.init().',
    );
  }
}

/** No interpreter could be started. */
export class InterpreterStartError extends FujianError {
  readonly code = 'FUJIAN_INTERPRETER_START';
}

/** The import of a module in `preload` failed. */
export class PreloadError extends InterpreterStartError {}
