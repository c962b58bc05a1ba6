import type { IncomingMessage } from 'node:http';
import { Logger } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { MAIN_SESSION } from '../execution/ids.js';
import { PythonInterpreterService } from '../execution/python-interpreter.service.js';
import { pathParameters } from '../websocket/path-pattern.js';
import { RAW_MESSAGE } from '../websocket/raw-message.js';
import { FujianClient } from './fujian-client.js';

const CONTEXT_PATH = '/contexts/:id/websocket/';

/** The Fujian protocol over WebSocket: messages are source code; Python may push at any time. */
@WebSocketGateway({ path: '/websocket/' })
export class FujianGateway
  implements OnGatewayConnection<WebSocket>, OnGatewayDisconnect<WebSocket>
{
  private readonly logger = new Logger('Fujian');
  private readonly clients = new WeakMap<WebSocket, FujianClient>();

  constructor(private readonly python: PythonInterpreterService) {}

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    const session = this.sessionOf(request);
    const client = new FujianClient(socket, request.socket, this.python, session, this.logger);
    this.clients.set(socket, client);
  }

  handleDisconnect(socket: WebSocket): void {
    this.clients.get(socket)?.closed();
  }

  @SubscribeMessage(RAW_MESSAGE)
  async execute(
    @ConnectedSocket() socket: WebSocket,
    @MessageBody() message: Buffer,
  ): Promise<void> {
    await this.clients.get(socket)?.execute(message);
  }

  protected sessionOf(_request: IncomingMessage): string {
    return MAIN_SESSION;
  }
}

/** The same for any session. Whoever serves it asks beforehand whether there is such a session. */
@WebSocketGateway({ path: CONTEXT_PATH })
export class ContextGateway extends FujianGateway {
  protected override sessionOf({ url }: IncomingMessage): string {
    return pathParameters(CONTEXT_PATH, url!)!['id']!;
  }
}
