import type { IncomingMessage } from 'node:http';
import {
  HttpException,
  Inject,
  Logger,
  type OnModuleInit,
  ServiceUnavailableException,
} from '@nestjs/common';
import { ExternalContextCreator } from '@nestjs/core';
import type { OnGatewayConnection, OnGatewayInit } from '@nestjs/websockets';
import { WebSocket, type WebSocketServer } from 'ws';
import { AccessPolicy } from '../../access/access-policy.js';
import { FujianError } from '../../errors/fujian-error.js';
import { PythonInterpreterService } from '../../execution/python-interpreter.service.js';
import { type Admission, announce, isAdmitted, refusalOf } from '../../http/websocket/admission.js';
import { Heartbeat } from '../../http/websocket/heartbeat.js';
import { FujianClient } from './fujian-client.js';
import { WebSocketAdapterError } from './websocket-adapter.error.js';

/** RFC 6455, 7.4.1: policy violation. */
const REFUSED = 1008;

type Guards = (socket: WebSocket, request: IncomingMessage) => Promise<void>;

/** Before the application has started, it cannot be asked. */
const notReady: Guards = () => Promise.reject(new ServiceUnavailableException());

/**
 * The Fujian protocol over WebSocket: messages are source code; Python may push at any time.
 *
 * It listens to its sockets itself, as WebSocket adapters take messages for JSON with an event in it. And it asks
 * itself who may connect, unless whoever did the handshake has asked already: Nest's `WsAdapter` lets everybody in.
 */
export abstract class FujianGateway
  implements OnGatewayInit<WebSocketServer>, OnGatewayConnection<WebSocket>, OnModuleInit
{
  private readonly logger = new Logger('Fujian');
  private readonly admission: Admission;
  private server: WebSocketServer | undefined;
  private guards: Guards = notReady;

  constructor(
    @Inject(PythonInterpreterService) private readonly python: PythonInterpreterService,
    @Inject(AccessPolicy) policy: AccessPolicy,
    @Inject(ExternalContextCreator) private readonly contexts: ExternalContextCreator,
  ) {
    const missing = (request: IncomingMessage): string | undefined => {
      const session = this.sessionOf(request);
      if (session === undefined) return 'No WebSocket is served at this path.';
      return python.hasSession(session) ? undefined : `Context ${session} not found`;
    };
    this.admission = { policy, missing };
  }

  afterInit(server: WebSocketServer): void {
    this.server = server;
  }

  /**
   * Not in `afterInit`: what that throws ends the process, in place of keeping the application from starting.
   *
   * @throws WebSocketAdapterError
   */
  onModuleInit(): void {
    const { server } = this;
    if (!server) return;
    if (typeof server.handleUpgrade !== 'function') throw new WebSocketAdapterError();
    announce(server, this.admission);
    const heartbeat = new Heartbeat(server.clients);
    server.on('close', () => heartbeat.stop());
    this.guards = this.guardsOfApplication();
  }

  async handleConnection(socket: WebSocket, request: IncomingMessage): Promise<void> {
    try {
      const refusal = isAdmitted(request) ? undefined : refusalOf(this.admission, request);
      if (refusal) {
        socket.close(REFUSED, refusal.code);
        return;
      }
      // Messages that come meanwhile wait.
      socket.pause();
      await this.guards(socket, request);
      if (socket.readyState !== WebSocket.OPEN) return;
      this.serve(socket, request);
    } catch (error) {
      const isRefusal = error instanceof HttpException || error instanceof FujianError;
      if (!isRefusal) this.logger.error(error);
      socket.close(REFUSED, 'refused');
    } finally {
      socket.resume();
    }
  }

  private serve(socket: WebSocket, request: IncomingMessage): void {
    const session = this.sessionOf(request)!;
    const client = new FujianClient(socket, request, this.python, session, this.logger);
    socket.on('message', (message: Buffer) => {
      client.execute(message).catch((error: unknown) => this.logger.error(error));
    });
    socket.once('close', () => client.closed());
  }

  /**
   * What Nest asks before each message to a handler it asks here before the first: the global guards of the
   * application, with the socket as client and the request as data.
   */
  private guardsOfApplication(): Guards {
    return this.contexts.create(
      this,
      this.pass,
      'pass',
      undefined,
      undefined,
      undefined,
      undefined,
      { guards: true, interceptors: false, filters: false },
      'ws',
    ) as Guards;
  }

  /** What the guards guard. */
  private pass(this: void): void {}

  /** Which a connection is for; undefined if none. */
  protected abstract sessionOf(request: IncomingMessage): string | undefined;
}
