import { FujianError } from './fujian-error.js';

/**
 * Two imports of `ExecutionModule.forRoot()` or `forRootAsync()` have the same name, or both have
 * none.
 */
export class DuplicatePythonError extends FujianError {
  readonly code = 'FUJIAN_DUPLICATE_PYTHON';

  /** @param pythonName undefined if both have no name. */
  constructor(readonly pythonName: string | undefined) {
    const which = pythonName === undefined ? 'without a name' : `with the name '${pythonName}'`;
    super(
      `This application imports two ExecutionModules ${which}. Give each its own 'name'. To share one, import it once ` +
        `with 'isGlobal: true', or keep the result of forRoot() in a constant and import that.`,
    );
  }
}

/** An option of `ExecutionModule`, or of a call, has an invalid value. */
export class ExecutionOptionsError extends FujianError {
  readonly code = 'FUJIAN_EXECUTION_OPTIONS';
}

/** `PythonInterpreterService.pool` was used without the option `pool`. */
export class NoPoolError extends FujianError {
  readonly code = 'FUJIAN_NO_POOL';

  constructor() {
    super(
      'This Python has no pool. Set its number of sessions: ExecutionModule.forRoot({ pool: { size: 4 } }).',
    );
  }
}

/** Two registrations of one protocol have the same path. */
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

/** The application's WebSocket adapter is not one for ws, but for example for socket.io. */
export class WebSocketAdapterError extends FujianError {
  readonly code = 'FUJIAN_WEBSOCKET_ADAPTER';

  constructor() {
    super(
      'The Fujian protocol needs a WebSocket adapter for ws: app.useWebSocketAdapter(new WsAdapter(app)) before the ' +
        'application starts, or no WebSocket: FujianModule.register({ webSocket: false }).',
    );
  }
}

/** The access options would refuse every request, or protect less than they seem to. */
export class AccessOptionsError extends Error {
  readonly code = 'FUJIAN_ACCESS_OPTIONS';
  override readonly name = 'AccessOptionsError';
}
