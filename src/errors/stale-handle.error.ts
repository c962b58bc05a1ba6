import { FujianError } from './fujian-error.js';

/** What a handle stood for is gone. */
export class StaleHandleError extends FujianError {
  readonly code = 'FUJIAN_STALE_HANDLE';

  constructor() {
    super(
      'What this handle stood for is gone: the handle was released, its interpreter was replaced, or it was passed ' +
        'to another session. Make a new one.',
    );
  }
}
