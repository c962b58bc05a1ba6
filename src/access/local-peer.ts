import type { Server, Socket } from 'node:net';

import { isLoopbackAddress } from './syntax/loopback.js';

/** Node keeps the accepting server on the socket, though its types do not say so. */
type AcceptedSocket = Socket & { readonly server?: Pick<Server, 'address'> };

const onUnixSocket = new WeakSet<Socket>();

/** Marks a socket accepted on a Unix socket, before another server gets it. */
export function acceptedOnUnixSocket(socket: Socket): void {
  onUnixSocket.add(socket);
}

/**
 * Returns whether the peer is on this machine. A Unix socket has no remote address, but neither has
 * a TCP socket whose peer sent its request and reset at once; only the address of the server, a
 * path, tells them apart. A peer that cannot be placed counts as remote.
 */
export function isLocalPeer(socket: Socket): boolean {
  const address = socket.remoteAddress;
  if (address !== undefined) return isLoopbackAddress(address);
  return (
    onUnixSocket.has(socket) || typeof (socket as AcceptedSocket).server?.address() === 'string'
  );
}
