import { type DynamicModule, Inject, Module, Optional } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Registry } from 'prom-client';
import type { MountOptions } from '../http/mounting/mount-options.js';
import { MOUNT_PATH } from '../http/mounting/mount-path.js';
import { mountProtocol } from '../http/mounting/mount-protocol.js';
import { claimMountPath, MountedProtocols } from '../http/mounting/mounted-protocols.js';
import { ExecutionLog } from './execution-log.js';
import { ExecutionSpans } from './execution-spans.js';
import { HealthController } from './health/health.controller.js';
import { PythonHealthIndicator } from './health/python.health-indicator.js';
import { BuildMetrics } from './metrics/build.metrics.js';
import { ConnectionMetrics } from './metrics/connection.metrics.js';
import { ExecutionMetrics } from './metrics/execution.metrics.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { METRICS_REGISTRY } from './metrics/metrics-registry.js';
import { SessionMetrics } from './metrics/session.metrics.js';
import type { ObservabilityOptions } from './observability-options.js';

/**
 * Serves health at `/health/live` and `/health/ready` and metrics at `/metrics`, and records a log
 * line and a span for each execution. Needs a Python: a global `ExecutionModule`, or one in
 * `imports`.
 */
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, MetricsController],
  providers: [
    ExecutionLog,
    ExecutionSpans,
    ExecutionMetrics,
    SessionMetrics,
    ConnectionMetrics,
    BuildMetrics,
    PythonHealthIndicator,
  ],
  exports: [PythonHealthIndicator],
})
export class ObservabilityModule {
  /** @throws DuplicateProtocolError */
  constructor(
    @Optional() @Inject(MountedProtocols) protocols?: MountedProtocols,
    @Optional() @Inject(MOUNT_PATH) path?: string,
  ) {
    claimMountPath('ObservabilityModule', protocols, path);
  }

  static register({
    registry = new Registry(),
    ...mount
  }: ObservabilityOptions & MountOptions = {}): DynamicModule {
    const providers = [{ provide: METRICS_REGISTRY, useValue: registry }];
    return mountProtocol({ module: ObservabilityModule, providers }, mount);
  }
}
