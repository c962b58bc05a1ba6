import type { Duplex } from 'node:stream';
import type { Logger } from '@nestjs/common';
import { WebSocket } from 'ws';
import type { PushedMessage } from '../../execution/execution.js';
import { corkForTurn } from '../../streams/cork-for-turn.js';
import { oneATurn } from '../../streams/one-a-turn.js';

/** Unsent bytes that cause backpressure: the client's executions, and Python with them, wait. */
const WAITING_AT_MOST = 1024 * 1024;
/** Unsent bytes that disconnect a client: it did not read even while its code was interrupted. */
const LOST = 64 * 1024 * 1024;
/** Bytes behind a long message that disconnect a client. They may be replies, which are long too. */
const LOST_BEHIND = 256 * 1024 * 1024;

/** Bytes of a binary message that are sent at once. */
const FRAGMENT_SIZE = 1024 * 1024;

const NOTHING = Buffer.alloc(0);

/** Sends the messages of one WebSocket in order; a long one in fragments, as the client reads them. */
export class OutgoingMessages {
  /** Settles when the long message under way, and all that wait behind it, were sent. */
  private underWay: Promise<void> | undefined;
  /** Bytes of the messages that wait. */
  private waiting = 0;

  /** @param connection the connection below the WebSocket. */
  constructor(
    private readonly socket: WebSocket,
    private readonly connection: Duplex,
    private readonly logger: Logger,
  ) {}

  /**
   * Sends a message. Returns a promise under backpressure, which settles when the client has caught
   * up or gone.
   */
  send(message: PushedMessage): Promise<void> | undefined {
    if (Buffer.isBuffer(message) && message.length > FRAGMENT_SIZE) {
      return this.sendInPieces(slicesOf(message), message.length, true);
    }
    if (!this.underWay) return this.sendNow(message);
    return this.wait(Buffer.byteLength(message), () => this.sendNow(message));
  }

  /**
   * Sends a long message. The returned promise settles when it was sent, or the client has gone.
   *
   * @param size bytes that it keeps in memory.
   */
  sendInPieces(pieces: Iterable<Buffer>, size: number, binary = false): Promise<void> {
    return this.wait(size, () => this.sendFragments(pieces, binary));
  }

  /** Closes the WebSocket after all messages. */
  close(code: number, reason: string): void {
    if (this.underWay) void this.wait(0, () => this.socket.close(code, reason));
    else this.socket.close(code, reason);
  }

  private get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  private sendNow(message: PushedMessage): Promise<void> | undefined {
    if (!this.isOpen) return undefined;
    corkForTurn(this.connection);
    if (this.socket.bufferedAmount < WAITING_AT_MOST) {
      this.socket.send(message);
      return undefined;
    }
    if (this.socket.bufferedAmount > LOST) {
      this.socket.terminate();
      return undefined;
    }
    return new Promise((resolve) => this.socket.send(message, () => resolve()));
  }

  /** Does something when all earlier messages were sent. */
  private async wait(size: number, act: () => Promise<void> | void): Promise<void> {
    if (this.waiting > LOST_BEHIND) this.socket.terminate();
    if (!this.isOpen) return;
    this.waiting += size;
    const before = this.underWay;
    const done = (async () => {
      await before;
      this.waiting -= size;
      await act();
    })().catch((error: unknown) => {
      this.logger.error(error); // such as a lack of memory
      this.socket.terminate();
    });
    this.underWay = done;
    await done;
    if (this.underWay === done) this.underWay = undefined;
  }

  private async sendFragments(pieces: Iterable<Buffer>, binary: boolean): Promise<void> {
    for await (const piece of oneATurn(pieces)) {
      if (!this.isOpen) return;
      await this.sent(piece, { binary, fin: false });
    }
    if (this.isOpen) await this.sent(NOTHING, { binary, fin: true });
  }

  private sent(fragment: Buffer, options: { binary: boolean; fin: boolean }): Promise<void> {
    return new Promise((resolve) => this.socket.send(fragment, options, () => resolve()));
  }
}

function* slicesOf(message: Buffer): Generator<Buffer, void, void> {
  for (let start = 0; start < message.length; start += FRAGMENT_SIZE) {
    yield message.subarray(start, start + FRAGMENT_SIZE);
  }
}
