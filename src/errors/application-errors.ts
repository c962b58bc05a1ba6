import { FujianError } from './fujian-error.js';

/** `ExecutionModule.forRoot()` or `forRootAsync()` was imported twice under one name, or without a name. */
export class DuplicatePythonError extends FujianError {
  readonly code = 'FUJIAN_DUPLICATE_PYTHON';

  /** @param pythonName undefined: they have none. */
  constructor(readonly pythonName: string | undefined) {
    const which = pythonName === undefined ? 'without a name' : `with the name '${pythonName}'`;
    super(
      `There are two ExecutionModules ${which} in this application. Give each another 'name'; to share one, import ` +
        `it once with 'isGlobal: true', or keep what forRoot() returns in a constant and import that.`,
    );
  }
}

/** `ExecutionModule` was given options that it cannot go by. */
export class ExecutionOptionsError extends FujianError {
  readonly code = 'FUJIAN_EXECUTION_OPTIONS';
}

/** There is no pool of sessions. */
export class NoPoolError extends FujianError {
  readonly code = 'FUJIAN_NO_POOL';

  constructor() {
    super(
      'This Python has no pool: say how many sessions it is to have, ExecutionModule.forRoot({ pool: { size: 4 } }).',
    );
  }
}
