import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Which answers are under way, so that a service that stops can let them be the last of their connections. */
export class AnswersInFlight {
  private readonly responses = new Set<ServerResponse>();
  /** All that speak HTTP: those that have become WebSockets are not ours to end. */
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
    // Node counts a connection as idle when its answer is written, and would cut off what is not sent;
    // and one that has never sent anything as busy.
    server.closeIdleConnections = () => undefined;
  }

  /** From now on each connection ends with the answer that is under way, the idle ones at once. */
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
