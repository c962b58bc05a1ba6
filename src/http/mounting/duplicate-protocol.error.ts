import { FujianError } from '../../errors/fujian-error.js';

/** Two protocols of one kind at one path: a request would be for either, a WebSocket message for both. */
export class DuplicateProtocolError extends FujianError {
  readonly code = 'FUJIAN_DUPLICATE_PROTOCOL';

  constructor(
    readonly protocol: string,
    readonly path: string,
  ) {
    super(
      `${protocol} is registered twice at ${path === '' ? '/' : path}. Give each a path of its own, ` +
        `${protocol}.register({ path }), or import one registration, kept in a constant, in both places.`,
    );
  }
}
