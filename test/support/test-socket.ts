import { once } from 'node:events';
import type { RawData, WebSocket } from 'ws';
import type { FujianReply } from '../../src/protocols/fujian/fujian-reply.js';

export interface Received {
  readonly isBinary: boolean;
  readonly data: Buffer;
}

/** A WebSocket client; the test waits for its messages one by one. */
export class TestSocket {
  private readonly received: Received[] = [];
  private waiting: ((message: Received) => void)[] = [];
  /** Settles with the close code. */
  readonly closed: Promise<number>;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: RawData, isBinary: boolean) => {
      const message = { data: data as Buffer, isBinary };
      const next = this.waiting.shift();
      if (next) next(message);
      else this.received.push(message);
    });
    socket.on('error', () => undefined); // the close code tells
    this.closed = new Promise((resolve) => socket.once('close', resolve));
  }

  static async open(socket: WebSocket): Promise<TestSocket> {
    const opened = new TestSocket(socket);
    await once(socket, 'open');
    return opened;
  }

  send(message: string | Uint8Array): void {
    this.socket.send(message);
  }

  next(): Promise<Received> {
    const message = this.received.shift();
    return message
      ? Promise.resolve(message)
      : new Promise((resolve) => this.waiting.push(resolve));
  }

  async nextText(): Promise<string> {
    return (await this.next()).data.toString();
  }

  async nextReply(): Promise<FujianReply> {
    return JSON.parse(await this.nextText()) as FujianReply;
  }

  /** Received messages that the test has not waited for. */
  get unread(): number {
    return this.received.length;
  }

  /** Sends code and waits for the one message that answers it. */
  async run(code: string): Promise<FujianReply> {
    this.send(code);
    return this.nextReply();
  }

  terminate(): void {
    this.socket.terminate();
  }
}
