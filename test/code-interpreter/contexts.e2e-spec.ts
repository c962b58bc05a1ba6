import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Checkpoint } from '../support/checkpoint.js';
import { ADAPTERS, type Answer, TestService } from '../support/service.js';

interface Context {
  readonly id: string;
  readonly language: string;
  readonly cwd: string;
  readonly state: string;
  readonly generation: number;
  readonly memory: number;
}

describe.each(ADAPTERS)('/contexts on %s', (httpAdapter) => {
  let service: TestService;

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter, maxSessions: 8, interruptGrace: 60_000 });
  });
  afterAll(() => service.close());
  afterEach(async () => {
    for (const { id } of await list()) if (id !== 'main') await remove(id);
  });

  const post = (path: string, body?: unknown) =>
    service.request(path, {
      method: 'POST',
      ...(body !== undefined && {
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'Content-Type': 'application/json' },
      }),
    });
  const create = async (body: unknown = {}): Promise<Context> =>
    contextOf(await post('/contexts', body));
  const list = async () =>
    (await service.request('/contexts')).json as unknown as readonly Context[];
  const remove = (id: string) => service.request(`/contexts/${id}`, { method: 'DELETE' });
  const run = async (id: string, code: string, query = '') =>
    (await service.request(`/contexts/${id}/exec${query}`, { method: 'POST', body: code })).json;

  function contextOf({ status, json }: Answer): Context {
    expect([status, json]).toEqual([200, expect.anything()]);
    return json as unknown as Context;
  }

  it('creates a context, as the code-interpreter protocol has it', async () => {
    expect(await create()).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      language: 'python',
      cwd: process.cwd(),
      state: 'idle',
      generation: 1,
    });
    const { id } = await create({ cwd: tmpdir(), language: 'Python' });
    expect((await run(id, 'import os; fujian_return = os.getcwd()')).return).toBe(
      realpathSync(tmpdir()),
    );
  });

  it('creates one without any body, and one with all that ours has beside', async () => {
    contextOf(await post('/contexts'));
    const { id } = await create({
      id: 'lab',
      env: { GREETING: 'grüß' },
      limits: { memory: 64 << 20 },
      preload: ['json'],
    });
    expect(id).toBe('lab');
    expect(await run('lab', 'import os; fujian_return = os.environ["GREETING"]')).toMatchObject({
      return: 'grüß',
    });
    expect((await run('lab', 'x = bytearray(1 << 28)')).traceback).toMatch(/MemoryError/);
  });

  it.each([
    ['{', 'FUJIAN_BAD_BODY', /it is not JSON/],
    [[], 'FUJIAN_BAD_BODY', /The body does not fit/],
    [{ cwd: 5 }, 'FUJIAN_BAD_BODY', /'cwd'/],
    [{ language: 'r' }, 'FUJIAN_BAD_BODY', /r is not supported; use python/],
    [{ limits: { memory: -1 } }, 'FUJIAN_BAD_BODY', /'limits.memory'/],
    [{ unknown: 1 }, 'FUJIAN_BAD_BODY', /unknown/],
    [{ cwd: '/nowhere' }, 'FUJIAN_SESSION_OPTIONS', /'\/nowhere' is not a directory/],
    [{ id: 'a b' }, 'FUJIAN_SESSION_OPTIONS', /is not a valid session id/],
  ])('answers 400 to %j', async (body, code, message) => {
    const { status, json } = await post('/contexts', body);
    expect([status, json]).toEqual([
      400,
      { statusCode: 400, code, message: expect.stringMatching(message) },
    ]);
  });

  it('answers 409 to an id that is taken, 503 to one too many', async () => {
    await create({ id: 'taken' });
    const taken = await post('/contexts', { id: 'taken' });
    expect([taken.status, taken.json.code]).toEqual([409, 'FUJIAN_SESSION_EXISTS']);
    for (let n = 2; n < 8; n++) await create();
    const refused = await post('/contexts', {});
    expect([refused.status, refused.json.code]).toEqual([503, 'FUJIAN_TOO_MANY_SESSIONS']);
    expect(refused.json.message).toContain('The session limit (8;');
    expect(refused.headers.get('retry-after')).toBe('1');
  });

  it('lists them, main first, and shows each', async () => {
    await create({ id: 'second' });
    expect((await list()).map(({ id }) => id)).toEqual(['main', 'second']);
    const second = contextOf(await service.request('/contexts/second'));
    expect(second).toMatchObject({ id: 'second', language: 'python', state: 'idle' });
    expect(second.memory).toBeGreaterThan(0);
  });

  it('restarts one, and answers null', async () => {
    await create({ id: 'again' });
    await run('again', 'kept = 1');
    const { status, text, headers } = await post('/contexts/again/restart');
    expect([status, text]).toEqual([200, 'null']);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(await run('again', 'fujian_return = "kept" in globals()')).toMatchObject({
      return: 'False',
    });
    expect(contextOf(await service.request('/contexts/again')).generation).toBe(2);
  });

  it('forks one, and names the threads that are lost', async () => {
    await create({ id: 'parent' });
    await run(
      'parent',
      'import threading; data = 1; stop = threading.Event(); threading.Thread(target=stop.wait, name="waits").start()',
    );
    const fork = contextOf(await post('/contexts/parent/fork', { id: 'child' }));
    expect(fork).toMatchObject({ id: 'child', lostThreads: ['waits'], state: 'idle' });
    expect(await run('child', 'fujian_return = data')).toMatchObject({ return: '1' });
    await run('parent', 'stop.set()');
    const anonymous = contextOf(await post('/contexts/child/fork'));
    expect(await run(anonymous.id, 'fujian_return = data')).toMatchObject({ return: '1' });
  });

  it('does not fork one that runs code', async () => {
    await create({ id: 'busy' });
    const checkpoint = await Checkpoint.build();
    const running = run('busy', `${checkpoint.pass()}\nwhile True: int()`);
    (await checkpoint.arrival()).letThrough();
    const forked = await post('/contexts/busy/fork');
    expect([forked.status, forked.json.code]).toEqual([409, 'FUJIAN_SESSION_BUSY']);
    await post('/contexts/busy/interrupt');
    expect((await running).traceback).toMatch(/KeyboardInterrupt\n$/);
    checkpoint.tearDown();
  });

  it('removes one, answers null, and then 404', async () => {
    await create({ id: 'gone' });
    const { status, text } = await remove('gone');
    expect([status, text]).toEqual([200, 'null']);
    for (const answer of [
      await remove('gone'),
      await service.request('/contexts/gone'),
      await post('/contexts/gone/restart'),
      await post('/contexts/gone/interrupt'),
      await post('/contexts/gone/fork'),
    ]) {
      // The SDKs of code interpreters show the body as it is.
      expect([answer.status, answer.text]).toEqual([404, 'Context gone not found']);
    }
    const executed = await post('/contexts/gone/exec', 'pass');
    expect([executed.status, executed.json.message]).toEqual([404, 'Context gone not found']);
  });

  it('does not remove main', async () => {
    const { status, json } = await remove('main');
    expect([status, json.code]).toEqual([409, 'FUJIAN_SESSION_PERMANENT']);
  });

  it('runs code in one, as POST / does in main', async () => {
    await create({ id: 'runs' });
    expect(await run('runs', 'print("out"); fujian_return = 6 * 7')).toEqual({
      stdout: 'out\n',
      stderr: '',
      return: '42',
    });
    const raised = await post('/contexts/runs/exec', '1 / 0');
    expect([raised.status, raised.json.traceback]).toEqual([
      400,
      expect.stringMatching(/ZeroDivisionError/),
    ]);
    const died = await post('/contexts/runs/exec', 'import os; os._exit(3)');
    expect([died.status, died.json.traceback]).toEqual([
      500,
      expect.stringContaining('exit code 3'),
    ]);
    expect((await run('main', 'fujian_return = "main"')).return).toBe('main');
  });

  it('runs code in isolation', async () => {
    await create({ id: 'state' });
    await run('state', 'data = [1]');
    for (const query of ['?isolated', '?isolated=true', '?isolated=1']) {
      expect((await run('state', 'data.append(2); fujian_return = data', query)).return).toBe(
        '[1, 2]',
      );
    }
    expect((await run('state', 'fujian_return = data', '?isolated=false')).return).toBe('[1]');
    const main = await service.request('/?isolated=true', { method: 'POST', body: 'leak = 1' });
    expect(main.status).toBe(200);
    expect((await service.run('fujian_return = "leak" in globals()')).return).toBe('False');
    const bad = await service.request('/?isolated=maybe', { method: 'POST', body: 'pass' });
    expect([bad.status, bad.json.code]).toEqual([400, 'FUJIAN_BAD_QUERY']);
  });

  it.each(['websocket', 'websocket/'])('speaks over /contexts/{id}/%s', async (path) => {
    await create({ id: 'talks' });
    const socket = await service.openSocket(`/contexts/talks/${path}`);
    expect(await socket.run('name = "talks"; fujian_return = name')).toMatchObject({
      return: 'talks',
    });
    socket.send('FUJIAN_WS.write_message("pushed")');
    expect(await socket.nextText()).toBe('pushed');
    expect((await service.run('fujian_return = FUJIAN_WS.is_open()')).return).toBe('False');
    await remove('talks');
    expect(await socket.closed).toBe(1000);
  });

  it('refuses a WebSocket to one that is not there', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${service.port}/contexts/nobody/websocket`);
    const [, response] = (await once(socket, 'unexpected-response')) as [
      unknown,
      { statusCode: number; headers: Record<string, string> },
    ];
    expect(response.statusCode).toBe(404);
    expect(response.headers['server']).toMatch(/^Fujian\//);
    socket.on('error', () => undefined);
    socket.terminate();
  });

  it('answers 405 for other methods and 204 to preflights', async () => {
    for (const [path, method, allow] of [
      ['/contexts', 'PUT', 'GET, HEAD, POST, OPTIONS'],
      ['/contexts/main', 'POST', 'GET, HEAD, DELETE, OPTIONS'],
      ['/contexts/main/exec', 'GET', 'POST, OPTIONS'],
    ] as const) {
      const refused = await service.request(path, { method });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, allow]);
      const preflight = await service.request(path, { method: 'OPTIONS' });
      expect(preflight.status).toBe(204);
    }
  });

  it('knows no path that cannot be decoded, and says so only to whoever may come in', async () => {
    for (const path of ['/contexts/%zz', '/contexts/%ff/exec']) {
      const { status, json } = await post(path, 'pass');
      expect([status, json.code]).toEqual([404, 'FUJIAN_NOT_FOUND']);
      const headers = { Origin: 'https://evil.test' };
      expect((await service.request(path, { headers })).status).toBe(403);
    }
  });

  it('is under the access rules', async () => {
    for (const [path, method] of [
      ['/contexts', 'GET'],
      ['/contexts', 'POST'],
      ['/contexts/main', 'DELETE'],
      ['/contexts/main/exec', 'POST'],
    ] as const) {
      const headers = { Origin: 'https://evil.test' };
      expect((await service.request(path, { method, headers })).status).toBe(403);
    }
  });
});
