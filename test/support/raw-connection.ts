import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Answer } from './service.js';

/** A connection on which a test writes HTTP byte for byte, and reads the answers one by one. */
export class RawConnection {
  /** Received pieces that were not taken yet, joined when they are read. */
  private pieces: Buffer[] = [];
  private size = 0;
  private ended = false;
  private changed = (): void => undefined;
  /** Settles when both sides have ended. */
  readonly closed: Promise<void>;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.pieces.push(chunk);
      this.size += chunk.length;
      this.changed();
    });
    socket.on('error', () => undefined); // the missing answer tells
    this.closed = new Promise((resolve) =>
      socket.once('close', () => {
        this.ended = true;
        this.changed();
        resolve();
      }),
    );
  }

  /** @param to a TCP port, or the path of a Unix socket. */
  static async open(to: number | string, host = '127.0.0.1'): Promise<RawConnection> {
    const socket = typeof to === 'number' ? connect(to, host) : connect(to);
    const connection = new RawConnection(socket);
    await once(socket, 'connect');
    return connection;
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Sends no more, but still reads. */
  finish(): void {
    this.socket.end();
  }

  /** Sends a request with exactly these headers, and a Content-Length if there is a body and none. */
  request(request: RawRequest): void {
    this.send(bytesOf(request));
  }

  /** Resolves with the next answer. An answer to HEAD has no body, despite its headers. */
  async answer(method = 'POST'): Promise<Answer> {
    const head = (await this.until('\r\n\r\n')).toString('latin1');
    const [statusLine, ...lines] = head.split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine!)?.[1]);
    const headers = new Headers(
      lines.filter(Boolean).map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      }),
    );
    const hasBody = method !== 'HEAD' && status >= 200 && status !== 204 && status !== 304;
    const text = hasBody ? (await this.body(headers)).toString() : '';
    return {
      status,
      headers,
      text,
      get json() {
        return JSON.parse(text) as Answer['json'];
      },
    };
  }

  /** Resolves with the text of the next short WebSocket message, after a 101. */
  async message(): Promise<string> {
    const [, length] = await this.take(2);
    const size = length === 126 ? (await this.take(2)).readUInt16BE() : length!;
    return (await this.take(size)).toString();
  }

  /** Resolves with the remaining bytes when the other side closes. */
  async rest(): Promise<Buffer> {
    await this.closed;
    return this.unread;
  }

  /** Received text that was not read yet. */
  get pending(): string {
    return this.unread.toString();
  }

  close(): void {
    this.socket.destroy();
  }

  private get unread(): Buffer {
    if (this.pieces.length !== 1) this.pieces = [Buffer.concat(this.pieces)];
    return this.pieces[0]!;
  }

  private body(headers: Headers): Promise<Buffer> {
    const length = headers.get('content-length');
    if (length !== null) return this.take(Number(length));
    if (headers.get('transfer-encoding') !== 'chunked') return this.rest();
    return this.chunks();
  }

  private async chunks(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (;;) {
      const size = parseInt((await this.until('\r\n')).toString(), 16);
      chunks.push(await this.take(size));
      await this.until('\r\n');
      if (size === 0) return Buffer.concat(chunks);
    }
  }

  private async until(end: string): Promise<Buffer> {
    await this.wait(() => this.unread.includes(end));
    return this.take(this.unread.indexOf(end) + end.length);
  }

  private async take(size: number): Promise<Buffer> {
    await this.wait(() => this.size >= size);
    const unread = this.unread;
    this.pieces = [unread.subarray(size)];
    this.size -= size;
    return unread.subarray(0, size);
  }

  private async wait(enough: () => boolean): Promise<void> {
    while (!enough()) {
      if (this.ended) throw new Error(`closed after ${JSON.stringify(this.unread.toString())}`);
      await new Promise<void>((resolve) => (this.changed = resolve));
    }
  }
}

export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array;
}

export function bytesOf({ method, target, headers, body }: RawRequest): Buffer {
  const all = [...headers];
  const hasLength = all.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
  if (body !== undefined && !hasLength) {
    all.push(['Content-Length', String(Buffer.byteLength(body))]);
  }
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...all.map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([
    Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'),
    Buffer.from(body ?? ''),
  ]);
}

/** Returns a request as a local program sends it. */
export function post(body: string, more: RawRequest['headers'] = []): RawRequest {
  return { method: 'POST', target: '/', headers: [['Host', 'localhost'], ...more], body };
}

/** The headers of a WebSocket handshake. */
export const HANDSHAKE: RawRequest['headers'] = [
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ['Sec-WebSocket-Version', '13'],
];

/** Returns a client's text message of less than 64 KiB, masked with zeros. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const length = Buffer.alloc(payload.length < 126 ? 1 : 3, 0x80 | 126);
  if (payload.length < 126) length.writeUInt8(0x80 | payload.length);
  else length.writeUInt16BE(payload.length, 1);
  return Buffer.concat([Buffer.of(0x81), length, Buffer.alloc(4), payload]);
}
