import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADAPTERS, TestService } from '../support/service.js';

interface Completions {
  readonly matches: readonly { readonly text: string; readonly kind: string }[];
  readonly start: number;
  readonly end: number;
}

describe.each(ADAPTERS)('POST /contexts/{id}/complete, on %s', (httpAdapter) => {
  let service: TestService;

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter, interruptGrace: 60_000 });
  });
  afterEach(async () => {
    await service.request('/contexts/main/restart', { method: 'POST' });
    await service.request('/contexts/other', { method: 'DELETE' });
  });
  afterAll(() => service.close());

  const ask = (body: object, id = 'main') =>
    service.request(`/contexts/${id}/complete`, { method: 'POST', body: JSON.stringify(body) });
  const completed = async (code: string, id?: string): Promise<Completions> =>
    JSON.parse((await ask({ code, cursor: code.length }, id)).text) as Completions;

  it('knows the names of the session, and where they go', async () => {
    await service.run('spam_eggs = 1');
    expect(await completed('x = spam')).toEqual({
      matches: [{ text: 'spam_eggs', kind: 'variable' }],
      start: 4,
      end: 8,
    });
    await service.request('/contexts', { method: 'POST', body: '{"id": "other"}' });
    expect(await completed('x = spam', 'other')).toMatchObject({ matches: [] });
  });

  it('counts as JavaScript does', async () => {
    const code = '"😀"; prin';
    expect(await completed(code)).toEqual({
      matches: [{ text: 'print', kind: 'function' }],
      start: code.indexOf('prin'),
      end: code.length,
    });
  });

  it('does not wait for a busy session', async () => {
    const socket = await service.openSocket();
    socket.send('FUJIAN_WS.write_message("runs")\nwhile True: pass');
    expect(await socket.nextText()).toBe('runs');
    const { status, json } = await ask({ code: 'pri', cursor: 3 });
    expect([status, json.code]).toEqual([409, 'FUJIAN_SESSION_BUSY']);
    await service.request('/contexts/main/interrupt', { method: 'POST' });
  });

  it('finds nothing where an object takes too long to look at', async () => {
    await service.run('class Slow:\n  def __dir__(self):\n    while True: pass\nslow = Slow()');
    expect(await completed('slow.')).toEqual({ matches: [], start: 5, end: 5 });
    expect((await service.run('fujian_return = 1')).return).toBe('1');
  });

  it.each([
    [
      'that say they are of another class',
      'class P:\n  @property\n  def __class__(self): 1/0\nproxy = P()',
    ],
    ['without a name', 'globals()[1] = 2'],
    ['that nobody could type', 'globals()["print\\nexit()"] = 2'],
  ])('is not put out by globals %s', async (_, code) => {
    await service.run(code);
    expect(await completed('prin')).toMatchObject({
      matches: [{ text: 'print', kind: 'function' }],
    });
  });

  it('finds nothing where its answer is not what it should be', async () => {
    await service.run(
      'import _fujian.interactive.completions as ours\nours.complete = lambda *_: 1',
    );
    expect(await completed('pri')).toEqual({ matches: [], start: 3, end: 3 });
  });

  it.each([[{}], [{ code: 'x' }], [{ code: 'x', cursor: 2 }], [{ code: 'x', cursor: -1 }]])(
    'refuses %j',
    async (body) => {
      const { status, json } = await ask(body);
      expect([status, json.code]).toEqual([400, 'FUJIAN_BAD_BODY']);
    },
  );

  it('answers 404 where there is no such session', async () => {
    expect((await ask({ code: '', cursor: 0 }, 'nobody')).status).toBe(404);
  });
});
