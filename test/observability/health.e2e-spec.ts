import { afterEach, describe, expect, it } from 'vitest';
import { Checkpoint } from '../support/checkpoint.js';
import { type Answer, ADAPTERS, TestService } from '../support/service.js';

interface Ready {
  readonly status: string;
  readonly details: {
    readonly python: {
      readonly problems?: readonly string[];
      readonly version: string;
      readonly supervisor: string;
      readonly main: {
        readonly state: string;
        readonly generation: number;
        readonly lastDeath?: {
          readonly cause: string;
          readonly reason: string;
          readonly at: string;
        };
        readonly queue: { readonly pending: number; readonly limit: number };
        readonly circuit: { readonly state: string };
      };
    };
  };
}

describe.each(ADAPTERS)('health on %s', (httpAdapter) => {
  let service: TestService;
  afterEach(() => service.close());
  const start = async (settings: object = {}) => {
    service = await TestService.start({ httpAdapter, ...settings });
  };
  const ready = async (): Promise<[Answer, Ready]> => {
    const answer = await service.request('/health/ready');
    return [answer, JSON.parse(answer.text) as Ready];
  };

  it('is good once the service has started', async () => {
    await start();
    const [{ status, headers }, { details, ...rest }] = await ready();
    expect([status, rest.status]).toEqual([200, 'ok']);
    expect(headers.get('cache-control')).toMatch(/no-cache|no-store/);
    const { version, supervisor, main } = details.python;
    expect(version).toMatch(/^3\.\d+\.\d+$/);
    expect([supervisor, main]).toEqual([
      'up',
      {
        state: 'idle',
        generation: 1,
        queue: { pending: 0, limit: 1024 },
        circuit: { state: 'closed' },
      },
    ]);
    const live = await service.request('/health/live');
    expect([live.status, live.json]).toMatchObject([200, { status: 'ok' }]);
    const simple = await service.request('/health');
    expect([simple.status, simple.text]).toEqual([200, '"OK"']);
  });

  it('tells of the last death, and is good again', async () => {
    await start();
    await service.post('import os; os._exit(3)');
    await service.run('pass');
    const [{ status }, { details }] = await ready();
    expect(status).toBe(200);
    expect(details.python.main).toMatchObject({
      generation: 2,
      lastDeath: { cause: 'exit', reason: 'exit code 3' },
    });
  });

  it('is bad while no interpreter is started, and says why and until when', async () => {
    await start({ deathLimit: 1, deathPause: 60_000 });
    await service.post('import os; os._exit(3)');
    const [{ status }, { status: word, details }] = await ready();
    expect([status, word]).toEqual([503, 'error']);
    const { problems, main } = details.python;
    expect(problems).toEqual([expect.stringMatching(/^Too many .* tried in \d+ s\.$/)]);
    expect(main.circuit.state).toBe('open');
    expect((await service.request('/health/live')).status).toBe(200);
    const simple = await service.request('/health');
    expect([simple.status, simple.json]).toEqual([
      503,
      { statusCode: 503, code: 'FUJIAN_NOT_READY', message: problems![0] },
    ]);
  });

  it('is read while code runs, without a turn', async () => {
    await start();
    const checkpoint = await Checkpoint.build();
    const running = service.post(checkpoint.pass());
    const { letThrough } = await checkpoint.arrival();
    const [{ status }, { details }] = await ready();
    expect([status, details.python.main.state]).toEqual([200, 'busy']);
    letThrough();
    await running;
    checkpoint.tearDown();
  });

  it('takes preflights, and no other methods', async () => {
    await start();
    for (const path of ['/health/live', '/health/ready', '/metrics']) {
      expect((await service.request(path, { method: 'OPTIONS' })).status).toBe(204);
      const refused = await service.request(path, { method: 'POST' });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
    }
  });
});
