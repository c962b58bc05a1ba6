import { FujianError } from '../../errors/fujian-error.js';

/** Two doors of one kind at one path: a request would be for either, a WebSocket message for both. */
export class DuplicateDoorError extends FujianError {
  readonly code = 'FUJIAN_DUPLICATE_DOOR';

  constructor(
    readonly door: string,
    readonly path: string,
  ) {
    super(
      `${door} is registered twice at ${path === '' ? '/' : path}. Give each a path of its own, ` +
        `${door}.register({ path }), or import one registration, kept in a constant, in both places.`,
    );
  }
}
