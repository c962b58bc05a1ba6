import { Get, Header, HttpCode, Inject, Options } from '@nestjs/common';
import { type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { AccessPurpose } from '../../access/access-purpose.decorator.js';
import { ErrorFilter } from '../../http/error.filter.js';
import { GuardedController } from '../../http/guarded-controller.decorator.js';
import { PythonHealthIndicator } from './python.health-indicator.js';

/**
 * Liveness and readiness probes: whether to restart the process, and whether to send it requests.
 */
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

  /** Returns 200 while the process answers at all. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  /** Returns 200 while code can run, otherwise 503. */
  @Get('ready')
  @Header('Cache-Control', 'no-store')
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.python.check('python')]);
  }
}
