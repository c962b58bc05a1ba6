import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { lstatSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { InterpreterStartError } from '../../../../errors/start-errors.js';
import { ChannelConnection } from './channel-connection.js';
import { FrameDecoder } from './frame-decoder.js';
import { FrameType } from './frame-types.js';
import { decodeHello } from './messages.js';
import { RuntimeDirectory } from './runtime-directory.js';

/** Connections that may wait to be accepted while this process is busy. */
const BACKLOG = 4096;

/**
 * Unix socket server that the supervisor connects sessions to. Each session authenticates with its
 * one-time token; connections without a valid token are closed.
 */
export class ChannelServer {
  private readonly server: Server;
  private readonly awaited = new Map<string, (connection: ChannelConnection) => void>();
  /** Identity of the socket's file. */
  private file: string | undefined;

  private constructor(readonly directory: RuntimeDirectory) {
    this.server = createServer({ pauseOnConnect: true }, (socket) => this.greet(socket));
    this.server.on('error', () => this.close()); // the next start opens another
  }

  /** @throws InterpreterStartError */
  static async open(): Promise<ChannelServer> {
    const channels = new ChannelServer(new RuntimeDirectory());
    try {
      channels.server.listen({ path: channels.path, backlog: BACKLOG });
      await once(channels.server, 'listening');
    } catch (cause) {
      channels.close();
      const message = `The service's socket could not be opened: ${(cause as Error).message}.`;
      throw new InterpreterStartError(message, { cause });
    }
    channels.file = identityOf(channels.path);
    return channels;
  }

  get path(): string {
    return this.directory.channel;
  }

  /** Whether the socket is where it was: user code may have removed or replaced it. */
  get isReachable(): boolean {
    return this.file !== undefined && identityOf(this.path) === this.file;
  }

  /** Returns a token for a session that is about to start, and a promise of its greeting. */
  expect(): { token: string; greeting: Promise<ChannelConnection>; forget: () => void } {
    const token = randomBytes(16).toString('hex');
    const greeting = new Promise<ChannelConnection>((resolve) => this.awaited.set(token, resolve));
    return { token, greeting, forget: () => this.awaited.delete(token) };
  }

  /** Accepts no more connections and removes the directory. Open connections stay. */
  close(): void {
    this.file = undefined;
    this.server.close();
    this.directory.remove();
  }

  private greet(accepted: Socket): void {
    const decoder = new FrameDecoder((type, payload) => {
      const { token } = decodeHello(payload);
      const welcome = this.awaited.get(token);
      if (type !== FrameType.HELLO || !welcome) throw new Error('not one of our sessions');
      this.awaited.delete(token);
      // From here on the interpreter owns the socket. The session sends nothing more on its own.
      socket.removeAllListeners('error');
      welcome(connection);
    });
    const connection = new ChannelConnection(accepted, {
      decoder,
      end: () => socket.destroy(),
    });
    const { socket } = connection;
    socket.on('error', () => socket.destroy());
  }
}

function identityOf(path: string): string | undefined {
  try {
    // The time too, as a new file may have the number of a removed one.
    const { dev, ino, ctimeMs } = lstatSync(path);
    return `${dev} ${ino} ${ctimeMs}`;
  } catch {
    return undefined; // gone, or in a directory that may not be entered any more
  }
}
