import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { INestApplication, WsMessageHandler } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import type { Observable } from 'rxjs';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { challengeHeaders } from '../access/access-headers.js';
import { AccessPolicy } from '../access/access-policy.js';
import { accessRequestOf } from '../access/access-request.js';
import { refuseUpgrade } from '../access/upgrade-refusal.js';
import { selectSubprotocol } from '../access/websocket-subprotocol.js';
import { answerHeaders } from '../answers/answer-headers.js';
import { SERVER } from '../answers/server-name.js';
import { Heartbeat } from './heartbeat.js';
import { pathParameters } from './path-pattern.js';
import { RAW_MESSAGE } from './raw-message.js';

/** RFC 6455, 7.4.1: the endpoint is going away. */
const GOING_AWAY = 1001;
const BAD_HANDSHAKE = 'FUJIAN_BAD_HANDSHAKE';
/** Milliseconds that clients have to answer the closing handshake. */
const CLOSE_GRACE = 1_000;

export interface GuardedWsAdapterOptions {
  /** Why there is nothing at a path, although a gateway's pattern fits it; undefined: there is. */
  readonly missing?: (parameters: Readonly<Record<string, string>>) => string | undefined;
  /** Bytes of one message; a longer one closes the connection with 1009. */
  readonly messageLimit: number;
}

interface Route {
  readonly gateway: WebSocketServer | undefined;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Serves gateways on the application's own HTTP server.
 *
 * It differs from Nest's `WsAdapter` in that it asks the access policy before the handshake, compares
 * paths exactly (with and without a slash at the end), refuses with real HTTP answers, hands messages
 * on as they are, and says goodbye with 1001.
 */
export class GuardedWsAdapter extends WsAdapter {
  private readonly policy: AccessPolicy;
  private readonly gateways = new Map<string, WebSocketServer>();
  private isListening = false;

  constructor(
    app: INestApplication<Server>,
    private readonly options: GuardedWsAdapterOptions,
  ) {
    super(app);
    this.policy = app.get(AccessPolicy);
  }

  override create(port: number, options: { path?: string } = {}): WebSocketServer {
    if (port !== 0) throw new Error('Gateways share the port of the HTTP server: give them none.');
    const path = options.path ?? '/';
    const gateway = new WebSocketServer({
      noServer: true,
      maxPayload: this.options.messageLimit,
      perMessageDeflate: false,
      handleProtocols: selectSubprotocol,
    });
    this.bindErrorHandler(gateway);
    gateway.on('wsClientError', (error, socket, request) =>
      this.refuse(request, socket, 400, BAD_HANDSHAKE, error.message),
    );
    gateway.on('headers', (headers) => headers.push(`Server: ${SERVER}`));
    const heartbeat = new Heartbeat(gateway.clients);
    gateway.on('close', () => heartbeat.stop());
    this.gateways.set(path, gateway);
    this.listen();
    return gateway;
  }

  override bindMessageHandlers(
    client: WebSocket,
    handlers: WsMessageHandler[],
    transform: (data: unknown) => Observable<unknown>,
  ): void {
    const handler = handlers.find(({ message }) => message === RAW_MESSAGE);
    if (!handler) return;
    client.on('message', (data: RawData) => {
      transform(handler.callback(data)).subscribe({
        error: (error: unknown) => this.logger.error(error),
      });
    });
  }

  override async close(gateway: WebSocketServer): Promise<void> {
    const closed = [...gateway.clients].map(goodbye);
    await new Promise<void>((resolve) => gateway.close(() => resolve()));
    await Promise.all(closed);
  }

  private listen(): void {
    if (this.isListening) return;
    this.isListening = true;
    this.httpServer.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.upgrade(request, socket, head),
    );
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { gateway, parameters } = this.routeOf(request.url!);
    const isRouted = gateway !== undefined && request.method === 'GET';
    const decision = this.policy.decide(
      accessRequestOf(request, isRouted ? 'upgrade' : 'unrouted'),
    );
    if (!decision.allowed) {
      this.refuse(request, socket, decision.status, decision.code, decision.message);
    } else if (!gateway) {
      this.refuse(request, socket, 404, 'FUJIAN_NOT_FOUND', 'No WebSocket is served at this path.');
    } else if (!isRouted) {
      this.refuse(
        request,
        socket,
        405,
        'FUJIAN_METHOD_NOT_ALLOWED',
        'A WebSocket starts with GET.',
      );
    } else if (this.options.missing?.(parameters) !== undefined) {
      const reason = this.options.missing(parameters)!;
      this.refuse(request, socket, 404, 'FUJIAN_SESSION_NOT_FOUND', reason);
    } else {
      gateway.handleUpgrade(request, socket, head, (client) =>
        gateway.emit('connection', client, request),
      );
    }
  }

  private routeOf(target: string): Route {
    for (const [path, gateway] of this.gateways) {
      const parameters = pathParameters(path, target);
      if (parameters) return { gateway, parameters };
    }
    return { gateway: undefined, parameters: {} };
  }

  private refuse(
    request: IncomingMessage,
    socket: Duplex,
    status: number,
    code: string,
    message: string,
  ): void {
    const headers = {
      ...answerHeaders(this.policy, accessRequestOf(request)),
      ...challengeHeaders(status),
      ...(status === 405 && { Allow: 'GET' }),
      ...(code === BAD_HANDSHAKE && { 'Sec-WebSocket-Version': '13' }),
    };
    refuseUpgrade(socket, { status, code, message, headers });
  }
}

function goodbye(client: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const tooLate = setTimeout(() => client.terminate(), CLOSE_GRACE);
    client.once('close', () => {
      clearTimeout(tooLate);
      resolve();
    });
    client.close(GOING_AWAY, 'the service is shutting down');
  });
}
