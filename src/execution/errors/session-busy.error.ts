import { FujianError } from './fujian-error.js';

/** A session can be forked only between executions. */
export class SessionBusyError extends FujianError {
  readonly code = 'FUJIAN_SESSION_BUSY';

  constructor(
    readonly session: string,
    readonly state: string,
  ) {
    super(
      `Context ${session} cannot be forked while it is ${state}: a fork copies an interpreter that runs no code. ` +
        'Wait until its executions have ended, or interrupt them.',
    );
  }
}
