import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type INestApplication, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { WebSocket } from 'ws';
import { ExecutionModule } from '../../src/index.js';
import { anyPython } from '../support/pythons.js';
import type { Answer } from '../support/service.js';
import { TestSocket } from '../support/test-socket.js';

export type HostApplication = NestExpressApplication | NestFastifyApplication;

export interface HostSettings extends ModuleMetadata {
  readonly platform: 'express' | 'fastify';
  /** Whether to import the global, unnamed Python. Default true. */
  readonly python?: boolean;
  readonly rawBody?: boolean;
  /** Prepares the application before its start. Default: sets the `WsAdapter`. */
  readonly prepare?: (app: HostApplication) => void;
}

/** A Nest application that embeds Fujian, on a free port, with a real Python. */
export class Host {
  private readonly sockets: TestSocket[] = [];

  private constructor(readonly app: INestApplication<Server>) {}

  static async start(settings: HostSettings): Promise<Host> {
    const { platform, python = true, rawBody = false, prepare = speakWebSocket } = settings;
    const { imports = [], controllers = [], providers = [] } = settings;
    const execution = python
      ? [ExecutionModule.forRoot({ python: anyPython().path, isGlobal: true })]
      : [];
    class Root {}
    Module({ imports: [...execution, ...imports], controllers, providers })(Root);
    const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
    const app = await NestFactory.create<HostApplication>(Root, adapter as FastifyAdapter, {
      logger: false,
      abortOnError: false,
      rawBody,
    });
    try {
      prepare(app);
      await app.listen(0, '127.0.0.1');
    } catch (error) {
      await app.close();
      throw error;
    }
    return new Host(app);
  }

  get port(): number {
    return (this.app.getHttpServer().address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async request(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(this.url + path, init);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      get json() {
        return JSON.parse(text) as Answer['json'];
      },
    };
  }

  /** Posts code as text. */
  post(path: string, code: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(path, { method: 'POST', body: code, headers });
  }

  /** Posts a JSON body, for `/execute` and similar routes. */
  postJson(path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...headers },
    });
  }

  async connect(
    path: string,
    headers: Record<string, string> = {},
    protocols: string[] = [],
  ): Promise<TestSocket> {
    const socket = await TestSocket.open(
      new WebSocket(`ws://127.0.0.1:${this.port}${path}`, protocols, { headers }),
    );
    this.sockets.push(socket);
    return socket;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await this.app.close();
  }
}

export function speakWebSocket(app: HostApplication): void {
  app.useWebSocketAdapter(new WsAdapter(app));
}
