import { Controller, Get, Module } from '@nestjs/common';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Counter, Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { DuplicateProtocolError, FujianModule } from '../../src/protocols.js';
import { ExecutionModule } from '../../src/index.js';
import { ObservabilityModule, PythonHealthIndicator } from '../../src/observability.js';
import { Host } from '../embedding/host.js';
import { anyPython } from '../support/pythons.js';
import { ADAPTERS } from '../support/service.js';

@Controller('own-health')
class OwnHealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly python: PythonHealthIndicator,
  ) {}

  @Get()
  check() {
    return this.health.check([() => this.python.check('snake')]);
  }
}

describe.each(ADAPTERS)('in an application on %s', (platform) => {
  let host: Host;
  afterEach(() => host.close());

  it('health and metrics are where the application wants them, under the access policy', async () => {
    const imports = [
      FujianModule.register({ path: 'py' }),
      ObservabilityModule.register({ path: 'py' }),
    ];
    host = await Host.start({ platform, imports });
    await host.post('/py', 'print(1)');
    const paths = ['/py/health/ready', '/py/health/live', '/py/metrics', '/metrics'];
    const statuses = [];
    for (const path of paths) statuses.push((await host.request(path)).status);
    expect(statuses).toEqual([200, 200, 200, 404]);
    const { text } = await host.request('/py/metrics');
    expect(text).toMatch(
      /fujian_executions_total\{protocol="http",kind="code",outcome="completed"\} 1/,
    );
    const foreign = await host.request('/py/metrics', { headers: { Origin: 'http://evil.test' } });
    expect(foreign.status).toBe(403);
  });

  it('each of two Pythons is counted for itself', async () => {
    const pythons = ['one', 'two'];
    const python = anyPython().path;
    host = await Host.start({
      platform,
      python: false,
      imports: pythons.flatMap((name) => [
        ExecutionModule.forRoot({ name, python, isGlobal: true }),
        FujianModule.register({ path: name, python: name }),
        ObservabilityModule.register({ path: name, python: name }),
      ]),
    });
    await host.post('/one', 'pass');
    const texts = [];
    for (const name of pythons) texts.push((await host.request(`/${name}/metrics`)).text);
    const counts = texts.map((text) => /^fujian_executions_total\{.*\} (\d+)$/m.exec(text)?.[1]);
    expect(counts).toEqual(['1', undefined]);
    for (const text of texts) expect(text).toContain('process_resident_memory_bytes');
  });

  it('the metrics can be among those of the application, and its health check can ask Python', async () => {
    const registry = new Registry();
    const own = new Counter({ name: 'own_total', help: 'Own.', registers: [registry] });
    own.inc();
    const observability = ObservabilityModule.register({ registry });
    @Module({
      imports: [TerminusModule.forRoot({ logger: false }), observability],
      controllers: [OwnHealthController],
    })
    class OwnHealthModule {}
    host = await Host.start({ platform, imports: [observability, OwnHealthModule] });
    const exposed = await registry.metrics();
    expect(exposed).toMatch(/^own_total 1$/m);
    expect(exposed).toMatch(/^fujian_sessions\{state="idle"\} 1$/m);
    const { status, text } = await host.request('/own-health');
    expect([status, JSON.parse(text)]).toMatchObject([200, { info: { snake: { status: 'up' } } }]);
  });
});

it('two at one place are refused when the application starts', async () => {
  const imports = [ObservabilityModule.register(), ObservabilityModule.register()];
  await expect(Host.start({ platform: 'express', imports })).rejects.toThrow(
    DuplicateProtocolError,
  );
});
