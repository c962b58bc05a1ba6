import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import type { FrameDecoder } from './frame-decoder.js';

/** What takes in the bytes of a connection. */
export interface Receiver {
  readonly decoder: FrameDecoder;
  /** Told what the decoder throws. */
  onFault(error: unknown): void;
}

/**
 * A connection to the channel, which is read right into memory of the decoder's choice. With memory
 * of its own for each piece, a large frame would take twice as long: it is filled anew, copied, collected.
 */
export class ChannelConnection {
  readonly socket: Socket;

  /** @param accepted by a server with `pauseOnConnect`: nothing of it has been read. */
  constructor(
    accepted: Socket,
    private receiver: Receiver,
  ) {
    this.socket = withReadBuffer(accepted, {
      buffer: () => this.receiver.decoder.writableBuffer(),
      callback: (size, { buffer, byteOffset }) => {
        this.feed(Buffer.from(buffer, byteOffset, size));
        return true;
      },
    });
    if (this.socket !== accepted) return;
    accepted.on('data', (chunk: Buffer) => this.feed(chunk));
    accepted.resume();
  }

  /** From now on, in place of who received before. */
  receiveBy(receiver: Receiver): void {
    this.receiver = receiver;
  }

  private feed(chunk: Buffer): void {
    try {
      this.receiver.decoder.feed(chunk);
    } catch (error) {
      this.receiver.onFault(error);
    }
  }
}

/**
 * Node offers `onread` for sockets that connect, and not for those that a server accepts. So another
 * socket is made of the handle, which is no documented member: without one it is the same as before.
 */
function withReadBuffer(accepted: Socket, onread: OnReadOpts): Socket {
  const inner = accepted as unknown as { _handle?: object | null };
  const handle = inner._handle;
  if (!handle) return accepted;
  inner._handle = null;
  accepted.destroy();
  const options: SocketConstructorOpts & { handle: object; onread: OnReadOpts } = {
    handle,
    onread,
  };
  return new Socket(options);
}
