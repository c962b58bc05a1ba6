import { Get, Header, HttpCode, Inject, Options } from '@nestjs/common';
import { Registry } from 'prom-client';
import { AccessPurpose } from '../../access/access-purpose.decorator.js';
import { ErrorFilter } from '../../http/error.filter.js';
import { GuardedController } from '../../http/guarded-controller.decorator.js';
import { METRICS_REGISTRY, processMetrics } from './metrics-registry.js';

/** Serves the metrics in the text format of Prometheus. */
@GuardedController(ErrorFilter, 'metrics')
export class MetricsController {
  private readonly registry: Registry;

  constructor(@Inject(METRICS_REGISTRY) registry: Registry) {
    this.registry = Registry.merge([registry, processMetrics()]);
  }

  @Options()
  @HttpCode(204)
  @AccessPurpose('preflight')
  preflight(): void {}

  @Get()
  @Header('Content-Type', Registry.PROMETHEUS_CONTENT_TYPE)
  @Header('Cache-Control', 'no-store')
  metrics(): Promise<string> {
    return this.registry.metrics();
  }
}
