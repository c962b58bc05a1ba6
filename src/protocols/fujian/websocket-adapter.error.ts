import { FujianError } from '../../errors/fujian-error.js';

/** The application speaks socket.io, or the like, where the clients of the protocol speak WebSocket. */
export class WebSocketAdapterError extends FujianError {
  readonly code = 'FUJIAN_WEBSOCKET_ADAPTER';

  constructor() {
    super(
      'The Fujian protocol needs a WebSocket adapter for ws: app.useWebSocketAdapter(new WsAdapter(app)) before the ' +
        'application starts, or no WebSocket: FujianModule.register({ webSocket: false }).',
    );
  }
}
