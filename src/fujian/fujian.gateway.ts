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
import { PythonInterpreterService } from '../execution/python-interpreter.service.js';
import { RAW_MESSAGE } from '../websocket/raw-message.js';
import { FujianClient } from './fujian-client.js';

/** The Fujian protocol over WebSocket: messages are source code; Python may push at any time. */
@WebSocketGateway({ path: '/websocket/' })
export class FujianGateway
  implements OnGatewayConnection<WebSocket>, OnGatewayDisconnect<WebSocket>
{
  private readonly logger = new Logger('Fujian');
  private readonly clients = new WeakMap<WebSocket, FujianClient>();

  constructor(private readonly python: PythonInterpreterService) {}

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    const client = new FujianClient(socket, request.socket, this.python, this.logger);
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
}
