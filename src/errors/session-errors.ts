import { FujianError, UnavailableError } from './fujian-error.js';

/** The operation needs an idle session. */
export class SessionBusyError extends FujianError {
  readonly code = 'FUJIAN_SESSION_BUSY';

  constructor(
    readonly session: string,
    readonly state: string,
    what = 'forked',
  ) {
    super(
      `Session '${session}' cannot be ${what} while it is ${state}: the session must be idle. ` +
        'Wait until its executions have ended, or interrupt them.',
    );
  }
}

export class SessionExistsError extends FujianError {
  readonly code = 'FUJIAN_SESSION_EXISTS';

  constructor(readonly session: string) {
    super(`Session '${session}' already exists; choose another id, or omit it.`);
  }
}

export class SessionNotFoundError extends FujianError {
  readonly code = 'FUJIAN_SESSION_NOT_FOUND';

  constructor(readonly session: string) {
    super(`Context ${session} not found`);
  }
}

/** A session of a pool was used after `use()` had ended. */
export class SessionReturnedError extends FujianError {
  readonly code = 'FUJIAN_SESSION_RETURNED';

  constructor(readonly session: string) {
    super(
      `Session '${session}' was given back to the pool when the function of use() ended, and serves others now. ` +
        'Do all steps within the function, await them, and return the result.',
    );
  }
}

/** An option of a new session has an invalid value. */
export class SessionOptionsError extends FujianError {
  readonly code = 'FUJIAN_SESSION_OPTIONS';
}

export class SessionPermanentError extends FujianError {
  readonly code = 'FUJIAN_SESSION_PERMANENT';

  constructor(readonly session: string) {
    super(
      `Session '${session}' cannot be closed: it lives as long as the service. To clear it, restart it.`,
    );
  }
}

export class TooManySessionsError extends UnavailableError {
  readonly code = 'FUJIAN_TOO_MANY_SESSIONS';

  constructor(readonly limit: number) {
    super(
      `The session limit (${limit}; option maxSessions, FUJIAN_MAX_SESSIONS) is reached; close an unused session.`,
    );
  }
}
