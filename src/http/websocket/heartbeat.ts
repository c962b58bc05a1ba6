import type { WebSocket } from 'ws';

/** Milliseconds between pings. A client without a pong by the next ping is disconnected. */
const INTERVAL = 30_000;

/** Finds clients that are gone without a close. */
export class Heartbeat {
  private readonly timer: NodeJS.Timeout;
  private readonly waitedFor = new WeakSet<WebSocket>();

  constructor(private readonly clients: ReadonlySet<WebSocket>) {
    this.timer = setInterval(() => this.beat(), INTERVAL).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private beat(): void {
    for (const client of this.clients) {
      if (this.waitedFor.has(client)) {
        client.terminate();
        continue;
      }
      this.waitedFor.add(client);
      client.once('pong', () => this.waitedFor.delete(client));
      client.ping();
    }
  }
}
