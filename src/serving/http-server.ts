import { createServer, type RequestListener, type Server } from 'node:http';
import { DEFAULTS } from '../../config/defaults.js';

/** Creates the HTTP server of both adapters, with limits on what a stranger can hold open. */
export function createHttpServer(listener?: RequestListener): Server {
  const server = createServer(
    {
      maxHeaderSize: DEFAULTS.headerLimit,
      headersTimeout: DEFAULTS.headersTimeout,
      requestTimeout: DEFAULTS.requestTimeout,
      // Milliseconds between two checks of these timeouts.
      connectionsCheckingInterval: 1_000,
      // The access policy refuses a missing Host, like any other that does not fit.
      requireHostHeader: false,
      noDelay: true,
    },
    listener,
  );
  // A client may close its sending side after the request (`nc -N`) and still gets its response.
  // Node has this switch, but does not document it.
  Object.assign(server, { httpAllowHalfOpen: true });
  // headerLimit bounds them; beyond Node's default of 2,000 headers, the access policy would not
  // see the rest.
  server.maxHeadersCount = 0;
  server.maxConnections = DEFAULTS.connectionLimit;
  return server;
}
