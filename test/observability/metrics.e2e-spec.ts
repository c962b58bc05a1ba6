import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { PythonInterpreterService } from '../../src/execution/python-interpreter.service.js';
import { Checkpoint } from '../support/checkpoint.js';
import { requireOrSkip } from '../support/requirement.js';
import { scientificPythons } from '../support/scientific-pythons.js';
import { ADAPTERS, TestService } from '../support/service.js';

/** Parses the text with Prometheus' own parser: labels and value of each sample, null for NaN. */
const PARSE = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(sys.stdin.read()))
print(json.dumps({f.name: [f.type, f.documentation, [[s.name, s.labels, None if s.value != s.value else s.value] for s in f.samples]] for f in families}))
`;

type Sample = readonly [name: string, labels: Record<string, string>, value: number | null];
type Families = Record<string, readonly [type: string, help: string, samples: readonly Sample[]]>;

const [python] = scientificPythons();

describe.runIf(requireOrSkip('prometheus_client', python !== undefined))('metrics', () => {
  let service: TestService;
  afterEach(() => service.close());

  const start = async (settings: object = {}) => {
    service = await TestService.start(settings);
  };
  const scrape = async (): Promise<Families> => {
    const { status, headers, text } = await service.request('/metrics');
    expect([status, headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    const json = execFileSync(python!.path, ['-c', PARSE], { input: text, encoding: 'utf8' });
    return JSON.parse(json) as Families;
  };
  const valueOf = (families: Families, name: string, labels: Record<string, string> = {}) => {
    const samples = Object.values(families).flatMap(([, , all]) => all);
    const matching = samples.filter(
      ([sample, its]) =>
        sample === name && Object.entries(labels).every(([label, value]) => its[label] === value),
    );
    return matching.reduce((sum, [, , value]) => sum + value!, 0);
  };
  const post = (path: string, body: string) =>
    service.request(path, { method: 'POST', body, headers: { 'Content-Type': 'text/plain' } });
  /** Waits until this number of a session's executions runs or waits. */
  const untilPending = async (id: string, count: number) => {
    for (;;) {
      const { text } = await service.request(`/contexts/${id}`);
      if ((JSON.parse(text) as { pending: number }).pending === count) return;
    }
  };

  it.each(ADAPTERS)('count what was done, exactly, on %s', async (httpAdapter) => {
    await start({ httpAdapter, queueLimit: 3, interruptGrace: 60_000 });
    await Promise.all(Array.from({ length: 3 }, () => service.post('print("12345678é")')));
    for (let n = 0; n < 2; n++) await service.post('raise ValueError');
    await post('/execute', '{"code": "import sys; sys.stderr.write(\\"abc\\"); 1"}');
    await service.post('import os; os._exit(3)');
    await service.run('pass');
    await service.post('import os; os.abort()').catch(() => undefined);
    await service.request('/?isolated', { method: 'POST', body: 'import os; os._exit(4)' });
    await post('/contexts', '{"id": "lab"}');
    const checkpoint = await Checkpoint.build();
    const running = post('/contexts/lab/exec', `${checkpoint.pass()}\nwhile True: pass`);
    (await checkpoint.arrival()).letThrough();
    const waiting = Promise.all([post('/contexts/lab/exec', ''), post('/contexts/lab/exec', '')]);
    await untilPending('lab', 3);
    const refused = await post('/contexts/lab/exec', '');
    expect(refused.status).toBe(503);
    const socket = await service.openSocket();
    const during = await scrape();
    await service.request('/contexts/lab/interrupt', { method: 'POST' });
    await Promise.all([running, waiting]);
    checkpoint.tearDown();
    socket.send('print(1)');
    await socket.nextReply();

    const after = await scrape();
    const counts: [string, Record<string, string>, number][] = [
      ['fujian_executions_total', { protocol: 'http', outcome: 'completed' }, 6],
      ['fujian_executions_total', { protocol: 'http', outcome: 'raised' }, 2],
      ['fujian_executions_total', { protocol: 'http', outcome: 'died' }, 3],
      ['fujian_executions_total', { protocol: 'http', outcome: 'interrupted' }, 1],
      ['fujian_executions_total', { protocol: 'http', outcome: 'refused' }, 1],
      ['fujian_executions_total', { protocol: 'code-interpreter', outcome: 'completed' }, 1],
      ['fujian_executions_total', { protocol: 'websocket', outcome: 'completed' }, 1],
      ['fujian_executions_total', {}, 15],
      ['fujian_refusals_total', { reason: 'FUJIAN_QUEUE_FULL' }, 1],
      ['fujian_execution_duration_seconds_count', { protocol: 'http' }, 12],
      ['fujian_execution_wait_seconds_count', { protocol: 'http' }, 13],
      ['fujian_interrupts_total', { cause: 'request' }, 1],
      ['fujian_interpreter_deaths_total', { cause: 'exit' }, 2],
      ['fujian_interpreter_deaths_total', { cause: 'signal' }, 1],
      ['fujian_output_bytes_total', { stream: 'stdout' }, 3 * 11 + 2],
      ['fujian_session_start_seconds_count', {}, 4],
      ['fujian_sessions', { state: 'idle' }, 2],
      ['fujian_executions_under_way', {}, 0],
    ];
    for (const [name, labels, expected] of counts) {
      expect([name, labels, valueOf(after, name, labels)]).toEqual([name, labels, expected]);
    }
    expect(valueOf(after, 'fujian_output_bytes_total', { stream: 'stderr' })).toBeGreaterThan(2);
    expect(valueOf(during, 'fujian_sessions', { state: 'busy' })).toBe(1);
    expect(valueOf(during, 'fujian_executions_under_way', { state: 'running' })).toBe(1);
    expect(valueOf(during, 'fujian_executions_under_way', { state: 'waiting' })).toBe(2);
    expect(valueOf(during, 'fujian_websocket_connections')).toBe(1);
    expect(valueOf(during, 'fujian_connections')).toBeGreaterThan(1);
    expect(valueOf(during, 'fujian_sessions_memory_bytes')).toBeGreaterThan(100_000);
    expect(valueOf(during, 'process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
    expect(during['nodejs_eventloop_lag_p99_seconds']).toBeDefined();
  });

  it('are named as Prometheus wants it, and each explains itself', async () => {
    await start();
    await service.run('pass');
    const families = await scrape();
    const ours = Object.entries(families).filter(([name]) => name.startsWith('fujian_'));
    expect(ours.length).toBeGreaterThan(10);
    for (const [name, [type, help, samples]] of ours) {
      expect(name).toMatch(/^fujian_[a-z]+(_[a-z]+)*$/);
      expect(help).toMatch(/^[A-Z].*\.$/);
      // The parser takes `_total` off the name of a counter.
      for (const [sample] of samples) {
        if (type === 'counter') expect(sample).toBe(`${name}_total`);
        else expect(sample).not.toMatch(/_total$/);
        if (type === 'histogram') expect(name).toMatch(/_seconds$/);
      }
    }
  });

  it('keep no count for what a client may choose', async () => {
    await start();
    const lengthOf = async () => (await scrapeText()).split('\n').length;
    const scrapeText = async () => (await service.request('/metrics')).text;
    const use = async (id: string) => {
      await post('/contexts', JSON.stringify({ id }));
      await post(`/contexts/${id}/exec`, 'pass');
      await service.request(`/contexts/${id}`, { method: 'DELETE' });
    };
    await use('first');
    const before = await lengthOf();
    for (let n = 0; n < 5; n++) await use(`s${n}`);
    expect(await lengthOf()).toBe(before);
    expect(await scrapeText()).not.toContain('first');
  });

  it('count calls of whoever has Python injected', async () => {
    await start();
    const app = service.service.app.get(PythonInterpreterService);
    await app.call('operator:add', [1, 2]);
    const families = await scrape();
    const call = { protocol: 'injection', kind: 'call', outcome: 'completed' };
    expect(valueOf(families, 'fujian_executions_total', call)).toBe(1);
  });
});
