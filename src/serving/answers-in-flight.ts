import type { Server, ServerResponse } from 'node:http';

/** Which answers are under way, so that a service that stops can let them be the last of their connections. */
export class AnswersInFlight {
  private readonly responses = new Set<ServerResponse>();

  constructor(private readonly server: Server) {
    server.on('request', (_, response: ServerResponse) => {
      this.responses.add(response);
      response.once('close', () => this.responses.delete(response));
    });
  }

  /** From now on each connection ends with the answer that is under way, the idle ones at once. */
  endConnections(): void {
    for (const response of this.responses) closeAfter(response);
    this.server.prependListener('request', (_, response: ServerResponse) => closeAfter(response));
    this.server.closeIdleConnections();
  }
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
