import { FujianError } from './fujian-error.js';

/** What can be done only between executions. */
export class SessionBusyError extends FujianError {
  readonly code = 'FUJIAN_SESSION_BUSY';

  constructor(
    readonly session: string,
    readonly state: string,
    what = 'forked',
  ) {
    super(
      `Context ${session} cannot be ${what} while it is ${state}: that takes an interpreter that runs no code. ` +
        'Wait until its executions have ended, or interrupt them.',
    );
  }
}
