import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExecutionModule, PythonInterpreterService } from '../../src/index.js';
import { ObservabilityModule } from '../../src/observability.js';
import { anyPython } from '../support/pythons.js';

describe('the spans of executions', () => {
  const exporter = new InMemorySpanExporter();
  let app: INestApplicationContext;
  let python: PythonInterpreterService;
  beforeAll(async () => {
    app = await NestFactory.createApplicationContext(
      {
        module: class Root {},
        imports: [
          ExecutionModule.forRoot({
            python: anyPython().path,
            interruptGrace: 60_000,
            isGlobal: true,
          }),
          ObservabilityModule.register(),
        ],
      },
      { logger: false },
    );
    python = app.get(PythonInterpreterService);
  });
  afterAll(() => app.close());
  // As late as an application may do it.
  beforeEach(() => {
    const manager = new AsyncLocalStorageContextManager();
    context.setGlobalContextManager(manager.enable());
    const spanProcessors = [new SimpleSpanProcessor(exporter)];
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
  });
  afterEach(() => {
    exporter.reset();
    trace.disable();
    context.disable();
  });

  const spans = (): readonly ReadableSpan[] => exporter.getFinishedSpans();

  it('are children of the span that is active where Python is called', async () => {
    const tracer = trace.getTracer('test');
    await tracer.startActiveSpan('request', async (parent) => {
      const calls = [1, 2].map((n) => python.call('operator:add', [n, n]));
      await Promise.all(calls);
      parent.end();
    });
    const parent = spans()
      .find(({ name }) => name === 'request')!
      .spanContext();
    const calls = spans().filter(({ name }) => name === 'python call');
    expect(calls.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual([
      parent.spanId,
      parent.spanId,
    ]);
    expect(new Set(calls.map((span) => span.spanContext().traceId))).toEqual(
      new Set([parent.traceId]),
    );
  });

  it('say who asked and how it went, never the code', async () => {
    const origin = { protocol: 'mine', requestId: 'r-7' };
    await python.execute('print("secret")', { origin });
    const [span] = spans();
    expect(span).toMatchObject({
      name: 'python code',
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'fujian.session': 'main',
        'fujian.protocol': 'mine',
        'fujian.request_id': 'r-7',
        'fujian.kind': 'code',
        'fujian.isolated': false,
        'fujian.outcome': 'completed',
        'fujian.stdout_bytes': 7,
        'fujian.stderr_bytes': 0,
      },
      instrumentationScope: { name: 'fujian' },
    });
    expect(span!.events.map(({ name }) => name)).toEqual(['begun']);
    expect(span!.ended).toBe(true);
    const { attributes, events, status } = span!;
    expect(JSON.stringify({ attributes, events, status })).not.toContain('secret');
  });

  it('are errors where the code raised, was interrupted, died or was not run', async () => {
    await python.execute('raise ValueError("secret")');
    await python.execute('while True: pass', { timeout: 30 });
    await python.execute('import os; os._exit(3)').catch(() => undefined);
    await python.execute('pass', { signal: AbortSignal.abort() }).catch(() => undefined);
    expect(spans().map(({ status }) => [status.code, status.message])).toEqual([
      [SpanStatusCode.ERROR, 'raised: ValueError'],
      [SpanStatusCode.ERROR, 'timed-out: ExecutionTimeoutError'],
      [SpanStatusCode.ERROR, 'died: exit'],
      [SpanStatusCode.ERROR, 'aborted'],
    ]);
    expect(spans()[1]!.events.map(({ name }) => name)).toEqual(['begun', 'interrupted']);
  });
});
