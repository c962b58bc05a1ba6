import { Inject, Injectable } from '@nestjs/common';
import { Gauge, type Registry } from 'prom-client';
import { PythonInterpreterService } from '../../execution/python-interpreter.service.js';
import { VERSION } from '../../version.js';
import { METRICS_REGISTRY } from './metrics-registry.js';

/** Says which versions run, in labels of a gauge that is always 1. */
@Injectable()
export class BuildMetrics {
  constructor(
    @Inject(METRICS_REGISTRY) registry: Registry,
    @Inject(PythonInterpreterService) python: PythonInterpreterService,
  ) {
    registry.registerMetric(
      new Gauge({
        name: 'fujian_build_info',
        help: 'Versions of Fujian, Node and Python, as labels.',
        labelNames: ['version', 'node', 'python'],
        registers: [],
        collect() {
          this.set(
            { version: VERSION, node: process.versions.node, python: python.python.version },
            1,
          );
        },
      }),
    );
  }
}
