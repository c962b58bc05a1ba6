import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { UnfinishedMessage } from '../unfinished-messages.js';

/** RFC 6455, IANA's registry: try again later. */
const TRY_AGAIN_LATER = 1013;
const REASON = 'clients are sending too much at one time; nothing was run, try again later';
/** Bytes of the header of a control frame from a client. */
const CONTROL_HEADER = 6;

/**
 * Closes a WebSocket whose client sends more of an unfinished message than there is room for, beside
 * those of others.
 *
 * @param connection the connection below the WebSocket.
 */
export function limitUnfinished(socket: WebSocket, connection: Socket): void {
  const message = new UnfinishedMessage();
  const count = (chunk: Buffer): void => {
    if (message.add(chunk.length)) return;
    message.end();
    socket.close(TRY_AGAIN_LATER, REASON);
    // Discards what still comes, which the listeners of `ws` would keep.
    connection.removeAllListeners('data').resume().end();
    forgetMessage(socket);
  };
  const uncountControl = (payload: Buffer): void => {
    message.add(-payload.length - CONTROL_HEADER);
  };
  // First, as a chunk may complete a message.
  connection.prependListener('data', count);
  socket.on('message', () => message.end());
  socket.on('ping', uncountControl);
  socket.on('pong', uncountControl);
  socket.once('close', () => message.end());
}

/**
 * Lets go of the unfinished message, which `ws` would keep until the connection has closed. Nothing
 * in the documentation of `ws` does this.
 */
function forgetMessage(socket: WebSocket): void {
  const receiver: unknown = Reflect.get(socket, '_receiver');
  if (typeof receiver !== 'object' || receiver === null) return;
  Object.assign(receiver, { _buffers: [], _bufferedBytes: 0, _fragments: [] });
}
