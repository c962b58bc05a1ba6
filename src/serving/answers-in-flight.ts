import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Tracks the responses in flight, so that a stopping service can end each connection with its last
 * one.
 */
export class AnswersInFlight {
  /** The responses of each connection that speaks HTTP. WebSockets are not ended here. */
  private readonly connections = new Map<Socket, Set<ServerResponse>>();
  private isEnding = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.connections.set(socket, new Set());
      socket.once('close', () => this.connections.delete(socket));
    });
    server.on('upgrade', ({ socket }: IncomingMessage) => this.connections.delete(socket));
    server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.connections.get(socket)?.add(response);
      if (this.isEnding) closeAfter(response);
      response.once('close', () => {
        const others = this.connections.get(socket);
        others?.delete(response);
        if (this.isEnding && others?.size === 0) socket.destroySoon();
      });
    });
    // Node's version would cut off responses that are written but not sent, and would keep
    // connections that have never sent anything.
    server.closeIdleConnections = () => undefined;
  }

  /** Ends each connection after its response in flight, idle connections at once. */
  endConnections(): void {
    this.isEnding = true;
    for (const [socket, responses] of this.connections) {
      if (responses.size === 0) socket.destroySoon();
      for (const response of responses) closeAfter(response);
    }
  }
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
