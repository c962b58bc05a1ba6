import {
  Controller,
  Get,
  Header,
  HttpCode,
  Inject,
  Options,
  UseFilters,
  UseGuards,
  UseInterceptors,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { Registry } from 'prom-client';
import { AccessGuard } from '../../access/access.guard.js';
import { AccessPurpose } from '../../access/access-purpose.decorator.js';
import { AnswerHeadersInterceptor } from '../../answers/answer-headers.interceptor.js';
import { ErrorFilter } from '../../answers/error.filter.js';
import { METRICS_REGISTRY, processMetrics } from './metrics-registry.js';

/** What Prometheus reads: its text format. */
@Controller({ path: 'metrics', version: VERSION_NEUTRAL })
@UseGuards(AccessGuard)
@UseInterceptors(AnswerHeadersInterceptor)
@UseFilters(ErrorFilter)
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
