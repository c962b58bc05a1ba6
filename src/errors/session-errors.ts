import { FujianError, UnavailableError } from './fujian-error.js';

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

export class SessionExistsError extends FujianError {
  readonly code = 'FUJIAN_SESSION_EXISTS';

  constructor(readonly session: string) {
    super(`There is a context ${session} already; choose another id, or leave it out.`);
  }
}

export class SessionNotFoundError extends FujianError {
  readonly code = 'FUJIAN_SESSION_NOT_FOUND';

  constructor(readonly session: string) {
    super(`Context ${session} not found`);
  }
}

/** A session cannot be created in this way. */
export class SessionOptionsError extends FujianError {
  readonly code = 'FUJIAN_SESSION_OPTIONS';
}

export class SessionPermanentError extends FujianError {
  readonly code = 'FUJIAN_SESSION_PERMANENT';

  constructor(readonly session: string) {
    super(`Context ${session} is there as long as the service is; restart it to have it empty.`);
  }
}

export class TooManySessionsError extends UnavailableError {
  readonly code = 'FUJIAN_TOO_MANY_SESSIONS';

  constructor(readonly limit: number) {
    super(`There are ${limit} contexts already (FUJIAN_MAX_SESSIONS); close one that is not used.`);
  }
}
