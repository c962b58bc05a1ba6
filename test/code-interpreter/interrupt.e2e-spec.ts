import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Checkpoint } from '../support/checkpoint.js';
import { ADAPTERS, TestService } from '../support/service.js';

describe.each(ADAPTERS)('POST /contexts/{id}/interrupt on %s', (httpAdapter) => {
  let service: TestService;
  let checkpoint: Checkpoint;

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter, interruptGrace: 60_000 });
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
  });
  afterEach(() => checkpoint.tearDown());

  const interrupt = (id: string, method = 'POST') =>
    service.request(`/contexts/${id}/interrupt`, { method });

  it('interrupts the code that runs, which is answered with its traceback', async () => {
    const running = service.post(`${checkpoint.pass()}\nwhile True: int()`);
    (await checkpoint.arrival()).letThrough();
    const answer = await interrupt('main');
    expect([answer.status, answer.json]).toEqual([200, { interrupted: true }]);
    expect(answer.headers.get('server')).toMatch(/^Fujian\//);
    expect(answer.headers.get('access-control-allow-origin')).toBe('http://localhost:8000');
    const { status, json } = await running;
    expect([status, json.traceback]).toEqual([400, expect.stringMatching(/KeyboardInterrupt\n$/)]);
  });

  it('says so when nothing runs', async () => {
    expect((await interrupt('main')).json).toEqual({ interrupted: false });
  });

  it('answers 404 for a context that is not there', async () => {
    const { status, headers, text } = await interrupt('nobody');
    expect([status, text]).toEqual([404, 'Context nobody not found']);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('answers 405 for other methods, 404 for other paths', async () => {
    const { status, headers } = await interrupt('main', 'GET');
    expect([status, headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    expect((await service.request('/contexts/main/nothing', { method: 'POST' })).status).toBe(404);
  });

  it('is under the access rules', async () => {
    const foreign = await service.request('/contexts/main/interrupt', {
      method: 'POST',
      headers: { Origin: 'https://evil.test' },
    });
    expect(foreign.status).toBe(403);
    const preflight = await interrupt('main', 'OPTIONS');
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
    const denied = await service.request('/contexts/main/interrupt', {
      method: 'OPTIONS',
      headers: { Origin: 'https://evil.test' },
    });
    expect(denied.status).toBe(403);
  });
});

describe.each(ADAPTERS)('a circuit that is open, on %s', (httpAdapter) => {
  it('answers 503 with the time to wait, and the WebSocket says so in its own words', async () => {
    const service = await TestService.start({ httpAdapter, deathLimit: 1 });
    try {
      const socket = await service.openSocket();
      const { status, json } = await service.post('import os; os._exit(3)');
      expect([status, json.traceback]).toEqual([500, expect.stringContaining('exit code 3')]);
      const notice =
        'The Python interpreter ended: exit code 3. A new interpreter takes its place,';
      expect(await socket.nextReply()).toEqual({
        stdout: '',
        stderr: '',
        return: '',
        traceback: expect.stringContaining(notice),
      });
      const refused = await service.post('pass');
      expect([refused.status, refused.json.code]).toEqual([503, 'FUJIAN_CIRCUIT_OPEN']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await socket.run('pass')).traceback).toMatch(/none is started for now/);
    } finally {
      await service.close();
    }
  });
});

describe('WebSocket clients', () => {
  it('learn of a death once each: by the answer to their own code, else by a message', async () => {
    const service = await TestService.start();
    try {
      const [runs, waits, idle] = await Promise.all([
        service.openSocket(),
        service.openSocket(),
        service.openSocket(),
      ]);
      const checkpoint = await Checkpoint.build();
      runs.send(`${checkpoint.pass()}; import os; os._exit(3)`);
      const { letThrough } = await checkpoint.arrival();
      waits.send('print("never")');
      await new Promise<void>((resolve) => {
        waits.socket.ping();
        waits.socket.once('pong', () => resolve()); // the server has the message by now
      });
      letThrough();
      expect((await runs.nextReply()).traceback).toMatch(/^The Python interpreter ended: exit/);
      expect((await waits.nextReply()).traceback).toMatch(/^This code was not run/);
      expect((await idle.nextReply()).traceback).toMatch(/^The Python interpreter ended: exit/);
      for (const socket of [runs, waits, idle]) {
        expect(await socket.run('print("next")')).toMatchObject({ stdout: 'next\n' });
        expect(socket.unread).toBe(0);
      }
      checkpoint.tearDown();
    } finally {
      await service.close();
    }
  });
});
