import type { Server, Socket } from 'node:net';

import { isLoopbackAddress } from './syntax/loopback.js';

/** Node keeps the accepting server on the socket, though its types do not say so. */
type AcceptedSocket = Socket & { readonly server?: Pick<Server, 'address'> };

const onUnixSocket = new WeakSet<Socket>();

/** For whoever accepts connections on a Unix socket and hands them to another server. */
export function acceptedOnUnixSocket(socket: Socket): void {
  onUnixSocket.add(socket);
}

/**
 * Whether the other end is on this machine. A Unix socket has no remote address, but neither has a
 * TCP socket whose peer sent its request and reset at once; only the server's address, a path, tells
 * them apart. Whoever cannot be placed is not local.
 */
export function isLocalPeer(socket: Socket): boolean {
  const address = socket.remoteAddress;
  if (address !== undefined) return isLoopbackAddress(address);
  return (
    onUnixSocket.has(socket) || typeof (socket as AcceptedSocket).server?.address() === 'string'
  );
}
