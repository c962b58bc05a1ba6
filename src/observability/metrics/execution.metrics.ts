import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ExecutionEvent } from '../../execution/observing/execution-event.js';
import { PythonInterpreterService } from '../../execution/python-interpreter.service.js';
import { METRICS_REGISTRY } from './metrics-registry.js';

/** Seconds. Quick code takes a fraction of a millisecond, slow code minutes. */
const DURATIONS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];

/** Counts executions, their outcomes, durations, waits and output. */
@Injectable()
export class ExecutionMetrics {
  private readonly executions: Counter<'protocol' | 'kind' | 'outcome'>;
  private readonly refusals: Counter<'reason'>;
  private readonly durations: Histogram<'protocol' | 'kind'>;
  private readonly waits: Histogram<'protocol' | 'kind'>;
  private readonly underWay: Gauge<'state'>;
  private readonly interrupts: Counter<'cause'>;
  private readonly output: Counter<'stream'>;
  private readonly begun = new Set<number>();

  constructor(
    @Inject(METRICS_REGISTRY) registry: Registry,
    @Inject(PythonInterpreterService) python: PythonInterpreterService,
  ) {
    const registers = [registry];
    this.executions = new Counter({
      name: 'fujian_executions_total',
      help: 'Ended executions and calls, by outcome.',
      labelNames: ['protocol', 'kind', 'outcome'],
      registers,
    });
    this.refusals = new Counter({
      name: 'fujian_refusals_total',
      help: 'Refused executions and calls, by the code of the error.',
      labelNames: ['reason'],
      registers,
    });
    this.durations = new Histogram({
      name: 'fujian_execution_duration_seconds',
      help: 'Time that executions ran, without their wait.',
      labelNames: ['protocol', 'kind'],
      buckets: DURATIONS,
      registers,
    });
    this.waits = new Histogram({
      name: 'fujian_execution_wait_seconds',
      help: 'Time that executions waited in the queue.',
      labelNames: ['protocol', 'kind'],
      buckets: DURATIONS,
      registers,
    });
    this.underWay = new Gauge({
      name: 'fujian_executions_under_way',
      help: 'Executions and calls that are waiting or running.',
      labelNames: ['state'],
      registers,
    });
    this.interrupts = new Counter({
      name: 'fujian_interrupts_total',
      help: 'Interrupted executions, by cause.',
      labelNames: ['cause'],
      registers,
    });
    this.output = new Counter({
      name: 'fujian_output_bytes_total',
      help: 'Output of executions.',
      labelNames: ['stream'],
      registers,
    });
    python.executionEvents.subscribe((event) => this.note(event));
  }

  private note(event: ExecutionEvent): void {
    const { id, origin, kind } = event.execution;
    const { protocol } = origin;
    switch (event.type) {
      case 'submitted':
        this.underWay.inc({ state: 'waiting' });
        return;
      case 'begun':
        this.begun.add(id);
        this.underWay.dec({ state: 'waiting' });
        this.underWay.inc({ state: 'running' });
        return;
      case 'interrupted':
        this.interrupts.inc({ cause: event.by });
        return;
      case 'ended': {
        const { outcome, reason, waited, ran, output } = event;
        const hasBegun = this.begun.delete(id);
        this.underWay.dec({ state: hasBegun ? 'running' : 'waiting' });
        this.executions.inc({ protocol, kind, outcome });
        this.waits.observe({ protocol, kind }, waited / 1_000);
        if (hasBegun) this.durations.observe({ protocol, kind }, ran / 1_000);
        if (outcome === 'refused') this.refusals.inc({ reason: reason! });
        this.output.inc({ stream: 'stdout' }, output.stdout);
        this.output.inc({ stream: 'stderr' }, output.stderr);
      }
    }
  }
}
