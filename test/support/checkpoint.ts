import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** Python code that has come to a checkpoint and waits there. */
export interface Arrival {
  /** The word that the code said. */
  readonly word: string;
  readonly letThrough: () => void;
  /** Settles when the code is past the checkpoint. */
  readonly past: Promise<void>;
}

/** Lets Python code and a test wait for each other. */
export class Checkpoint {
  private readonly arrived: Arrival[] = [];
  private readonly expected: ((arrival: Arrival) => void)[] = [];
  private readonly visitors = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (visitor) => this.hear(visitor));
  }

  static async build(): Promise<Checkpoint> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Checkpoint(server);
  }

  /**
   * Returns a Python expression that waits at the checkpoint until the test lets it through.
   *
   * @param word a Python expression: what to say there.
   */
  pass(word = '"here"'): string {
    const { port } = this.server.address() as AddressInfo;
    return (
      `(lambda visitor, word: (visitor.sendall(str(word).encode() + b"\\n"), visitor.recv(1), visitor.close()))` +
      `(__import__("socket").create_connection(("127.0.0.1", ${port})), ${word})`
    );
  }

  /** Waits for the next arrival. */
  arrival(): Promise<Arrival> {
    const first = this.arrived.shift();
    return first
      ? Promise.resolve(first)
      : new Promise((resolve) => this.expected.push((arrival) => resolve(arrival)));
  }

  /** Lets all code through. */
  tearDown(): void {
    this.server.close();
    for (const visitor of this.visitors) visitor.destroy();
  }

  private hear(visitor: Socket): void {
    this.visitors.add(visitor);
    visitor.on('error', () => undefined); // the interpreter was killed
    let said = '';
    visitor.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (!said.endsWith('\n')) return;
      const past = new Promise<void>((resolve) => visitor.once('close', () => resolve()));
      const arrival = { word: said.slice(0, -1), letThrough: () => void visitor.end('.'), past };
      const next = this.expected.shift();
      if (next) next(arrival);
      else this.arrived.push(arrival);
    });
  }
}
