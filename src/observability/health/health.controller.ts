import { Get, Header, HttpCode, Inject, Options } from '@nestjs/common';
import { type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { AccessPurpose } from '../../access/access-purpose.decorator.js';
import { ErrorFilter } from '../../http/error.filter.js';
import { GuardedController } from '../../http/guarded-controller.decorator.js';
import { PythonHealthIndicator } from './python.health-indicator.js';

/** For whoever looks after the process: should it be restarted, and should it be sent requests. */
@GuardedController(ErrorFilter, 'health')
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
