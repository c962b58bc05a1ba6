import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** Lets a test and Python code wait for each other: the code waits until the test opens the gate. */
export class Gate {
  private readonly waiting: Socket[] = [];

  private constructor(private readonly server: Server) {
    server.on('connection', (visitor) => {
      visitor.on('error', () => undefined); // its interpreter was killed
      this.waiting.push(visitor);
    });
  }

  static async build(): Promise<Gate> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Gate(server);
  }

  /** A Python expression that ends when the gate opens. */
  get pass(): string {
    const { port } = this.server.address() as AddressInfo;
    return `__import__("socket").create_connection(("127.0.0.1", ${port})).recv(1)`;
  }

  /** Waits until code has arrived at the gate. */
  async arrival(): Promise<void> {
    if (this.waiting.length === 0) await once(this.server, 'connection');
  }

  open(): void {
    for (const visitor of this.waiting.splice(0)) visitor.end('.');
  }

  tearDown(): void {
    this.server.close();
    for (const visitor of this.waiting) visitor.destroy();
  }
}
