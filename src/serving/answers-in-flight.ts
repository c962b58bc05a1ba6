import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Tracks the responses in flight, so that a stopping service can end each connection with its last
 * one.
 */
export class AnswersInFlight {
  private readonly responses = new Set<ServerResponse>();
  /** Connections that speak HTTP. WebSockets are not ended here. */
  private readonly connections = new Set<Socket>();
  private isEnding = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.connections.add(socket);
      socket.once('close', () => this.connections.delete(socket));
    });
    server.on('upgrade', ({ socket }: IncomingMessage) => this.connections.delete(socket));
    server.prependListener('request', (_, response: ServerResponse) => {
      this.responses.add(response);
      if (this.isEnding) closeAfter(response);
      response.once('close', () => {
        this.responses.delete(response);
        if (this.isEnding) this.endIdleConnections();
      });
    });
    // Node's version would cut off responses that are written but not sent, and would keep
    // connections that have never sent anything.
    server.closeIdleConnections = () => undefined;
  }

  /** Ends each connection after its response in flight, idle connections at once. */
  endConnections(): void {
    this.isEnding = true;
    for (const response of this.responses) closeAfter(response);
    this.endIdleConnections();
  }

  private endIdleConnections(): void {
    const busy = new Set([...this.responses].map(({ req }) => req.socket));
    for (const connection of this.connections) if (!busy.has(connection)) connection.destroySoon();
  }
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
