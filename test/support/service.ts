import { inject } from 'vitest';
import { WebSocket } from 'ws';
import { type Configuration } from '../../config/schema.js';
import { loadConfiguration } from '../../config/load-configuration.js';
import { type Service, startService } from '../../src/serving/service.js';
import type { FujianReply } from '../../src/protocols/fujian/fujian-reply.js';
import { anyPython } from './pythons.js';
import { TestSocket } from './test-socket.js';

export const ADAPTERS = ['express', 'fastify'] as const;

/** Returns the adapters for tests of clients, to which they are alike: one, both in `npm run test:all`. */
export function adaptersForClients(): readonly (typeof ADAPTERS)[number][] {
  return inject('scope') === 'all' ? ADAPTERS : ['express'];
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON. @throws if it is not JSON. */
  readonly json: FujianReply & { readonly code?: string; readonly message?: string };
}

/** The real service in this process, on a free port, with a real Python. */
export class TestService {
  private readonly sockets: TestSocket[] = [];

  private constructor(readonly service: Service) {}

  static async start(settings: Partial<Configuration> = {}): Promise<TestService> {
    const { configuration } = loadConfiguration({});
    return new TestService(
      await startService(
        {
          ...configuration,
          hosts: ['127.0.0.1'],
          port: 0,
          deathLimit: 0,
          python: anyPython().path,
          ...settings,
        },
        false,
      ),
    );
  }

  get port(): number {
    return this.service.port!;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Sends a request, by default with the Origin of a local page. */
  async request(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = { Origin: 'http://localhost:8000', ...init.headers };
    const response = await fetch(this.url + path, { ...init, headers });
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

  /** Runs code over HTTP. */
  post(code: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request('/', { method: 'POST', body: code, headers });
  }

  /** Runs code that must not raise over HTTP; returns the reply. */
  async run(code: string): Promise<FujianReply> {
    const { status, json } = await this.post(code);
    if (status !== 200) throw new Error(`status ${status}: ${json.traceback ?? json.message}`);
    return json;
  }

  async openSocket(path = '/websocket/'): Promise<TestSocket> {
    const socket = await this.connect(path);
    this.sockets.push(socket);
    return socket;
  }

  /** Opens a WebSocket, which the caller closes. */
  connect(path = '/websocket/'): Promise<TestSocket> {
    return TestSocket.open(new WebSocket(`ws://127.0.0.1:${this.port}${path}`));
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await this.service.close();
  }
}
