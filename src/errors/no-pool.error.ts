import { FujianError } from './fujian-error.js';

/** There is no pool of sessions. */
export class NoPoolError extends FujianError {
  readonly code = 'FUJIAN_NO_POOL';

  constructor() {
    super(
      'This Python has no pool: say how many sessions it is to have, ExecutionModule.forRoot({ pool: { size: 4 } }).',
    );
  }
}
