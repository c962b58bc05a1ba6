import { createServer, type RequestListener, type Server } from 'node:http';
import { DEFAULTS } from '../../config/defaults.js';

/** Limits on what a stranger can hold open; both adapters get their server from here. */
export function createHttpServer(listener?: RequestListener): Server {
  const server = createServer(
    {
      maxHeaderSize: DEFAULTS.headerLimit,
      headersTimeout: DEFAULTS.headersTimeout,
      requestTimeout: DEFAULTS.requestTimeout,
      // How often Node looks whether one of the two has passed.
      connectionsCheckingInterval: 1_000,
      // A missing Host is refused by the access policy, like any other that does not fit.
      requireHostHeader: false,
      noDelay: true,
    },
    listener,
  );
  // Who has sent a request may say that nothing more will come (`nc -N` does), and is answered none the
  // less. Node has this switch, but not in its documentation.
  Object.assign(server, { httpAllowHalfOpen: true });
  // headerLimit bounds them; of more than Node's 2,000 the access policy would not see the rest.
  server.maxHeadersCount = 0;
  server.maxConnections = DEFAULTS.connectionLimit;
  return server;
}
