import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { contain } from '../process/containment.js';
import type { FrameDecoder } from './frame-decoder.js';

/** Receives the bytes of a connection. */
export interface Receiver {
  readonly decoder: FrameDecoder;
  /** Ends the sender, because the decoder has thrown. */
  end(reason: string): void;
}

/**
 * Connection to the channel, read directly into the decoder's memory. A new buffer per chunk would
 * double the time of a large frame, because each has to be allocated, copied and collected.
 */
export class ChannelConnection {
  readonly socket: Socket;

  /** @param accepted a socket of a server with `pauseOnConnect`, from which nothing was read yet. */
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

  /** Replaces the receiver. */
  receiveBy(receiver: Receiver): void {
    this.receiver = receiver;
  }

  private feed(chunk: Buffer): void {
    const { receiver } = this;
    contain(
      () => receiver.decoder.feed(chunk),
      (reason) => receiver.end(reason),
    );
  }
}

/**
 * Wraps the handle of an accepted socket in a new socket with `onread`, which Node supports only for
 * sockets that connect. Returns the socket unchanged without a handle, which is undocumented.
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
