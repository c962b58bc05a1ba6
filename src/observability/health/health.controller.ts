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
import { type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { AccessGuard } from '../../access/access.guard.js';
import { AccessPurpose } from '../../access/access-purpose.decorator.js';
import { AnswerHeadersInterceptor } from '../../answers/answer-headers.interceptor.js';
import { ErrorFilter } from '../../answers/error.filter.js';
import { PythonHealthIndicator } from './python.health-indicator.js';

/** For whoever looks after the process: should it be restarted, and should it be sent requests. */
@Controller({ path: 'health', version: VERSION_NEUTRAL })
@UseGuards(AccessGuard)
@UseInterceptors(AnswerHeadersInterceptor)
@UseFilters(ErrorFilter)
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(PythonHealthIndicator) private readonly python: PythonHealthIndicator,
  ) {}

  @Options(['live', 'ready'])
  @HttpCode(204)
  @AccessPurpose('preflight')
  preflight(): void {}

  /** 200 while the process answers at all. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  /** 200 while code can be run, else 503. */
  @Get('ready')
  @Header('Cache-Control', 'no-store')
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.python.check('python')]);
  }
}
