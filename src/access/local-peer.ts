import type { Server, Socket } from 'node:net';

import { isLoopbackAddress } from './loopback.js';

/** Node keeps the accepting server on the socket, though its types do not say so. */
type AcceptedSocket = Socket & { readonly server?: Pick<Server, 'address'> };

/**
 * Whether the other end is on this machine. A Unix socket has no remote address, but neither has a
 * TCP socket whose peer sent its request and reset at once; only the server's address, a path, tells
 * them apart. Whoever cannot be placed is not local.
 */
export function isLocalPeer(socket: Socket): boolean {
  const address = socket.remoteAddress;
  if (address !== undefined) return isLoopbackAddress(address);
  return typeof (socket as AcceptedSocket).server?.address() === 'string';
}
