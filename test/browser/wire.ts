import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A request that a browser sent, and the status of its reply. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly origin: string | undefined;
  readonly status: number;
}

/** Proxy between a client and the service. Records the traffic and does not change it. */
export class Wire {
  private readonly exchanges: Exchange[] = [];
  private readonly expected: ((exchange: Exchange) => void)[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private target: number,
  ) {
    server.on('connection', (client) => this.join(client, connect(this.target, '127.0.0.1')));
  }

  static async to(port: number): Promise<Wire> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Wire(server, port);
  }

  /** Redirects the wire to another port and forgets the recorded traffic. */
  leadTo(port: number): void {
    this.target = port;
    this.exchanges.length = 0;
    for (const socket of this.sockets) socket.destroy();
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Resolves with the next exchange that was not returned before. */
  next(): Promise<Exchange> {
    const exchange = this.exchanges.shift();
    return exchange
      ? Promise.resolve(exchange)
      : new Promise((resolve) => this.expected.push((one) => resolve(one)));
  }

  async cut(): Promise<void> {
    const closed = once(this.server.close(), 'close');
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private join(client: Socket, service: Socket): void {
    const requests = new HeadReader(/^(GET|HEAD|POST|OPTIONS) (\S+) HTTP\/1\.1\r\n/m);
    const answers = new HeadReader(/^HTTP\/1\.1 (\d{3})/m);
    for (const socket of [client, service]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.sockets.delete(socket));
    }
    client.on('data', (chunk) => requests.read(chunk)).pipe(service);
    service.on('data', (chunk) => {
      answers.read(chunk);
      while (answers.heads.length > 0) this.note(requests.heads.shift()!, answers.heads.shift()!);
    });
    service.pipe(client);
  }

  private note(request: Head, answer: Head): void {
    const exchange = {
      method: request.match[1]!,
      path: request.match[2]!,
      origin: /^origin: (.*)$/im.exec(request.text)?.[1],
      status: Number(answer.match[1]),
    };
    const next = this.expected.shift();
    if (next) next(exchange);
    else this.exchanges.push(exchange);
  }
}

interface Head {
  readonly match: RegExpExecArray;
  readonly text: string;
}

/** Extracts the heads of HTTP messages from a stream. */
class HeadReader {
  readonly heads: Head[] = [];
  private unread = '';

  constructor(private readonly firstLine: RegExp) {}

  read(chunk: Buffer): void {
    this.unread += chunk.toString('latin1');
    for (;;) {
      const match = this.firstLine.exec(this.unread);
      const end = match ? this.unread.indexOf('\r\n\r\n', match.index) : -1;
      if (!match || end < 0) return;
      const text = this.unread.slice(match.index, end).replaceAll('\r', '');
      this.heads.push({ match, text });
      this.unread = this.unread.slice(end + 4);
    }
  }
}
