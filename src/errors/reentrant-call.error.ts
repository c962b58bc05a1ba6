import { FujianError } from './fujian-error.js';

/** A function that Python called asked Python's session for something: each would wait for the other. */
export class ReentrantCallError extends FujianError {
  readonly code = 'FUJIAN_REENTRANT_CALL';

  constructor(readonly session: string) {
    super(
      `Python, in session '${session}', waits for the function that it has called, and that function asks the ` +
        'same session for something, which would wait for Python. Ask another session, or when the function has returned.',
    );
  }
}
