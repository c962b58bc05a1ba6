import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Gauge, type Registry } from 'prom-client';
import { PythonInterpreterService } from '../../execution/python-interpreter.service.js';
import { METRICS_REGISTRY } from './metrics-registry.js';

/** Counts the connections of clients. */
@Injectable()
export class ConnectionMetrics implements OnModuleInit {
  private open = 0;

  constructor(
    @Inject(METRICS_REGISTRY) registry: Registry,
    @Inject(PythonInterpreterService) python: PythonInterpreterService,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
  ) {
    const connections = (): number => this.open;
    registry.registerMetric(
      new Gauge({
        name: 'fujian_connections',
        help: 'Connections of clients, WebSockets included.',
        registers: [],
        collect() {
          this.set(connections());
        },
      }),
    );
    registry.registerMetric(
      new Gauge({
        name: 'fujian_websocket_connections',
        help: 'WebSocket connections, to which Python can push messages.',
        registers: [],
        collect() {
          this.set(python.connections);
        },
      }),
    );
  }

  onModuleInit(): void {
    // An application without HTTP has no adapter, whatever its type says.
    const { httpAdapter } = this.adapterHost as Partial<HttpAdapterHost>;
    const server = httpAdapter?.getHttpServer() as Server | undefined;
    server?.on('connection', (socket: Socket) => {
      this.open += 1;
      socket.once('close', () => (this.open -= 1));
    });
  }
}
