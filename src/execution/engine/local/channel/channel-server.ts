import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { ChannelConnection } from './channel-connection.js';
import { FrameDecoder } from './frame-decoder.js';
import { FrameType } from './frame-types.js';
import { decodeHello } from './messages.js';

export interface Greeting {
  readonly pid: number;
  readonly connection: ChannelConnection;
}

/**
 * Unix socket server that sessions connect to. Each session authenticates with its one-time token;
 * connections without a valid token are closed.
 */
export class ChannelServer {
  private readonly server: Server;
  private readonly awaited = new Map<string, (greeting: Greeting) => void>();

  constructor(readonly path: string) {
    this.server = createServer({ pauseOnConnect: true }, (socket) => this.greet(socket));
  }

  async listen(): Promise<void> {
    this.server.listen(this.path);
    await once(this.server, 'listening');
  }

  /** Returns a token for a session that is about to start, and a promise of its greeting. */
  expect(): { token: string; greeting: Promise<Greeting>; forget: () => void } {
    const token = randomBytes(16).toString('hex');
    const greeting = new Promise<Greeting>((resolve) => this.awaited.set(token, resolve));
    return { token, greeting, forget: () => this.awaited.delete(token) };
  }

  close(): void {
    this.server.close();
  }

  private greet(accepted: Socket): void {
    const decoder = new FrameDecoder((type, payload) => {
      const { token, pid } = decodeHello(payload);
      const welcome = this.awaited.get(token);
      if (type !== FrameType.HELLO || !welcome) throw new Error('not one of our sessions');
      this.awaited.delete(token);
      // From here on the interpreter owns the socket. The session sends nothing more on its own.
      socket.removeAllListeners('error');
      welcome({ pid, connection });
    });
    const connection = new ChannelConnection(accepted, {
      decoder,
      onFault: () => socket.destroy(),
    });
    const { socket } = connection;
    socket.on('error', () => socket.destroy());
  }
}
