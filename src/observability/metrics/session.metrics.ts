import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ExecutionEvent } from '../../execution/observing/execution-event.js';
import { PythonInterpreterService } from '../../execution/python-interpreter.service.js';
import type { SessionCondition } from '../../execution/sessions/python-session.js';
import type { SessionEvent } from '../../execution/sessions/session-event.js';
import { METRICS_REGISTRY } from './metrics-registry.js';

const STATES = ['starting', 'idle', 'busy', 'failed'] as const satisfies SessionCondition[];
/** Seconds. A fork takes milliseconds, a new process with large imports seconds. */
const START_TIMES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Counts sessions, and the starts and deaths of their interpreters. */
@Injectable()
export class SessionMetrics {
  private readonly states = new Map<string, (typeof STATES)[number]>();
  private readonly startTimes: Histogram;
  private readonly deaths: Counter<'cause'>;

  constructor(
    @Inject(METRICS_REGISTRY) registry: Registry,
    @Inject(PythonInterpreterService) python: PythonInterpreterService,
  ) {
    const registers = [registry];
    const { states } = this;
    registry.registerMetric(
      new Gauge({
        name: 'fujian_sessions',
        help: 'Sessions, those of the pool included, by state.',
        labelNames: ['state'],
        registers: [],
        collect() {
          for (const state of STATES) {
            this.set({ state }, [...states.values()].filter((one) => one === state).length);
          }
        },
      }),
    );
    registry.registerMetric(
      new Gauge({
        name: 'fujian_sessions_memory_bytes',
        help: 'Memory of the interpreters of all sessions, shared memory counted once.',
        registers: [],
        async collect() {
          this.set(await python.memory());
        },
      }),
    );
    this.startTimes = new Histogram({
      name: 'fujian_session_start_seconds',
      help: 'Time until an interpreter was ready, replacements included.',
      buckets: START_TIMES,
      registers,
    });
    this.deaths = new Counter({
      name: 'fujian_interpreter_deaths_total',
      help: 'Interpreters that ended, by cause; restart and closed are intended.',
      labelNames: ['cause'],
      registers,
    });
    python.sessionEvents.subscribe((event) => this.note(event));
    python.executionEvents.subscribe((event) => this.noteIsolatedDeath(event));
  }

  private note(event: SessionEvent): void {
    const { session } = event;
    switch (event.type) {
      case 'created':
        this.states.set(session, 'starting');
        return;
      case 'started':
        this.startTimes.observe(event.took / 1_000);
        this.states.set(session, 'idle');
        return;
      case 'died':
        this.deaths.inc({ cause: event.cause });
        this.states.set(session, 'starting');
        return;
      case 'busy':
      case 'idle':
      case 'failed':
        this.states.set(session, event.type);
        return;
      case 'closed':
        this.states.delete(session);
    }
  }

  /** Counts the death of an isolated execution's fork, which is not a session. */
  private noteIsolatedDeath(event: ExecutionEvent): void {
    const isDeath = event.type === 'ended' && event.outcome === 'died';
    if (isDeath && event.execution.isIsolated) this.deaths.inc({ cause: event.reason! });
  }
}
