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
import { WebSocketAdapterError } from '../../errors/application-errors.js';
import { FujianError } from '../../errors/fujian-error.js';
import { PythonInterpreterService } from '../../execution/python-interpreter.service.js';
import { type Admission, announce, isAdmitted, refusalOf } from '../../http/websocket/admission.js';
import { limitUnfinished } from '../../http/websocket/limit-unfinished.js';
import { Heartbeat } from '../../http/websocket/heartbeat.js';
import { FujianClient } from './fujian-client.js';

/** RFC 6455, 7.4.1: policy violation. */
const REFUSED = 1008;

type Guards = (socket: WebSocket, request: IncomingMessage) => Promise<void>;

/** Refuses connections before the application has started. */
const notReady: Guards = () => Promise.reject(new ServiceUnavailableException());

/**
 * The Fujian protocol over WebSocket: messages are source code; Python may push at any time.
 *
 * The gateway listens to its sockets itself, as WebSocket adapters expect JSON with an event in
 * every message. It also checks connections itself unless the adapter has done so before the
 * handshake: Nest's `WsAdapter` lets every client in.
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
   * Announces the admission. Not in `afterInit`, where an exception would end the process instead
   * of failing the start of the application.
   *
   * @throws WebSocketAdapterError if the adapter is not for ws.
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
      // Messages wait until the guards have decided.
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
    limitUnfinished(socket, request.socket);
    const client = new FujianClient(socket, request, this.python, session, this.logger);
    socket.on('message', (message: Buffer) => {
      client.execute(message).catch((error: unknown) => this.logger.error(error));
    });
    socket.once('close', () => client.closed());
  }

  /**
   * Returns the global guards of the application, with the socket as client and the request as
   * data. Nest asks them before each message to a handler; this gateway asks them once per
   * connection.
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

  /** Stands for a handler behind the guards. */
  private pass(this: void): void {}

  /** Returns the session of a connection. Returns undefined if the path names none. */
  protected abstract sessionOf(request: IncomingMessage): string | undefined;
}
