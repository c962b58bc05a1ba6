import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import type { Observable } from 'rxjs';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { challengeHeaders } from '../../access/access-headers.js';
import { AccessPolicy } from '../../access/access-policy.js';
import { accessRequestOf } from '../../access/access-request.js';
import { REQUEST_ID_HEADER, requestIdOf } from '../request-id.js';
import { refuseUpgrade, type UpgradeRefusal } from '../../access/upgrade-refusal.js';
import { answerHeaders, SERVER } from '../answer-headers.js';
import { admissionOf, markAdmitted, refusalOf } from './admission.js';
import { pathParameters } from './path-pattern.js';

/** RFC 6455, 7.4.1: the endpoint is going away. */
const GOING_AWAY = 1001;
/** Milliseconds that clients have to answer the closing handshake. */
const CLOSE_GRACE = 1_000;

const NOT_SERVED: UpgradeRefusal = {
  status: 404,
  code: 'FUJIAN_NOT_FOUND',
  message: 'No WebSocket is served at this path.',
};
const FAILED: UpgradeRefusal = {
  status: 500,
  code: 'FUJIAN_INTERNAL',
  message: 'The service failed; its log says why.',
};
const NOT_GET: UpgradeRefusal = {
  status: 405,
  code: 'FUJIAN_METHOD_NOT_ALLOWED',
  message: 'A WebSocket starts with GET.',
  headers: { Allow: 'GET' },
};

/**
 * Serves gateways on the application's own HTTP server.
 *
 * Unlike Nest's `WsAdapter`, it asks the protocols before the handshake whether they admit a
 * client, matches paths with parameters, with and without a slash at the end, refuses with real
 * HTTP responses, and closes with 1001. Gateways of the application, which announce no admission,
 * get a plain `WsAdapter`.
 */
export class GuardedWsAdapter extends WsAdapter {
  /** The policy for paths without a protocol. */
  private readonly policy: AccessPolicy;
  private readonly gateways = new Map<string, WebSocketServer>();
  private isListening = false;

  constructor(app: INestApplication<Server>) {
    super(app);
    this.policy = app.get(AccessPolicy, { strict: false });
  }

  override create(port: number, options: Parameters<WsAdapter['create']>[1] = {}): WebSocketServer {
    if (port !== 0) return super.create(port, options) as WebSocketServer;
    const { path = '/', server: _, ...serverOptions } = options;
    const gateway = new WebSocketServer({ ...(serverOptions as ServerOptions), noServer: true });
    this.bindErrorHandler(gateway);
    gateway.on('wsClientError', ({ message }, socket, request) =>
      this.refuse(request, socket, gateway, {
        status: 400,
        code: 'FUJIAN_BAD_HANDSHAKE',
        message,
        headers: { 'Sec-WebSocket-Version': '13' },
      }),
    );
    gateway.on('headers', (headers, request) => {
      if (!admissionOf(gateway)) return;
      headers.push(`Server: ${SERVER}`, `${REQUEST_ID_HEADER}: ${requestIdOf(request)}`);
    });
    this.gateways.set(path.startsWith('/') ? path : `/${path}`, gateway);
    this.listen();
    return gateway;
  }

  override bindMessageHandlers(
    client: WebSocket,
    handlers: Parameters<WsAdapter['bindMessageHandlers']>[1],
    transform: (data: unknown) => Observable<unknown>,
  ): void {
    // Gateways without handlers read raw messages, which must not be parsed as JSON too.
    if (handlers.length > 0) super.bindMessageHandlers(client, handlers, transform);
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
    const gateway = this.gatewayFor(request.url!);
    const refusal = this.checkedRefusalOf(request, gateway);
    if (refusal) {
      this.refuse(request, socket, gateway, refusal);
      return;
    }
    if (admissionOf(gateway!)) markAdmitted(request);
    gateway!.handleUpgrade(request, socket, head, (client) =>
      gateway!.emit('connection', client, request),
    );
  }

  /** Fails closed: an exception of a policy refuses the request and does not end the process. */
  private checkedRefusalOf(
    request: IncomingMessage,
    gateway: WebSocketServer | undefined,
  ): UpgradeRefusal | undefined {
    try {
      return this.refusalOf(request, gateway);
    } catch (error) {
      this.logger.error(error);
      return FAILED;
    }
  }

  private refusalOf(
    request: IncomingMessage,
    gateway: WebSocketServer | undefined,
  ): UpgradeRefusal | undefined {
    const admission = gateway && admissionOf(gateway);
    if (gateway && request.method === 'GET') return admission && refusalOf(admission, request);
    const mistake = gateway ? NOT_GET : NOT_SERVED;
    if (gateway && !admission) return mistake;
    const decision = (admission?.policy ?? this.policy).decide(
      accessRequestOf(request, 'unrouted'),
    );
    return decision.allowed ? mistake : decision;
  }

  private gatewayFor(target: string): WebSocketServer | undefined {
    for (const [path, gateway] of this.gateways) {
      if (pathParameters(path, target)) return gateway;
    }
    return undefined;
  }

  private refuse(
    request: IncomingMessage,
    socket: Duplex,
    gateway: WebSocketServer | undefined,
    refusal: UpgradeRefusal,
  ): void {
    const policy = (gateway && admissionOf(gateway)?.policy) ?? this.policy;
    const headers = {
      ...answerHeaders(policy, request),
      ...challengeHeaders(refusal.status),
      ...refusal.headers,
    };
    refuseUpgrade(socket, { ...refusal, headers });
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
