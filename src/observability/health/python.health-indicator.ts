import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { PythonInterpreterService } from '../../execution/python-interpreter.service.js';

/** Health indicator for @nestjs/terminus: whether Python runs code, and if not, why. */
@Injectable()
export class PythonHealthIndicator {
  constructor(
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(PythonInterpreterService) private readonly python: PythonInterpreterService,
  ) {}

  check<const Key extends string>(key: Key): HealthIndicatorResult<Key> {
    const { problems, supervisor, main } = this.python.health;
    const details = { version: this.python.python.version, supervisor, main };
    const indicator = this.indicators.check(key);
    return problems.length > 0 ? indicator.down({ problems, ...details }) : indicator.up(details);
  }
}
