import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectionListener } from '../../src/execution/sessions/connection.js';
import { Checkpoint } from '../support/checkpoint.js';
import { eventually } from '../support/eventually.js';
import { TestPython } from '../support/python.js';

describe('a pool', () => {
  let python: TestPython;
  let checkpoint: Checkpoint;
  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
  });
  afterEach(async () => {
    await python.close();
    checkpoint.tearDown();
  });

  const start = async (size: number, options: object = {}) => {
    const { recycleAfter, ...rest } = options as { recycleAfter?: number };
    python = await TestPython.start({
      ...rest,
      pool: { size, ...(recycleAfter !== undefined && { recycleAfter }) },
    });
    return python.service.pool;
  };
  const pid = 'getattr(__import__("os"), "getpid")()';

  it('runs as much at one time as it has sessions, and the rest in turn', async () => {
    const pool = await start(2);
    const calls = ['a', 'b', 'c'].map((word) => pool.evaluate(checkpoint.pass(`"${word}"`)));
    const [first, second] = [await checkpoint.arrival(), await checkpoint.arrival()];
    expect([first.word, second.word].sort()).toEqual(['a', 'b']);
    first.letThrough();
    const third = await checkpoint.arrival();
    expect(third.word).toBe('c');
    third.letThrough();
    second.letThrough();
    await Promise.all(calls);
  });

  it('answers a thousand calls over all its sessions', async () => {
    const pool = await start(3);
    const numbers = Array.from({ length: 1000 }, (_, n) => n);
    const answers = await Promise.all(numbers.map((n) => pool.call('operator:add', [n, 1])));
    expect(answers).toEqual(numbers.map((n) => n + 1));
    const pids = await Promise.all(numbers.map(() => pool.evaluate<number>(pid)));
    expect(new Set(pids).size).toBe(3);
  });

  it('refuses a session that was kept after its end, and what came of it', async () => {
    const pool = await start(1);
    const pushed: unknown[] = [];
    const listener: ConnectionListener = {
      pushed: (message) => (pushed.push(message), undefined),
      printedBetweenRuns: () => undefined,
      interpreterDied: () => undefined,
      sessionClosed: () => undefined,
    };
    const { session, ...kept } = await pool.use(async (session) => ({
      session,
      list: await session.hold('builtins:list', [[1, 2]]),
      items: session.iterate('builtins:iter', [[1, 2]]),
      stream: session.stream('stolen = True'),
      connection: session.connect(listener),
    }));
    const refusal = {
      code: 'FUJIAN_SESSION_RETURNED',
      message:
        "Session 'pool~1' was given back to the pool when the function of use() ended, and serves others now. Do all steps within the function, await them, and return the result.",
    };
    for (const use of [
      () => session.execute('stolen = True'),
      () => session.stream('stolen = True').forEach(() => undefined),
      () => session.evaluate('1'),
      () => session.call('builtins:print'),
      () => session.set({ stolen: true }),
      () => session.get('stolen'),
      () => session.hold('builtins:list'),
      () => session.import('math'),
      () => session.iterate('builtins:list').next(),
      () => session.module<{ sqrt(n: number): Promise<number> }>('math').sqrt(1),
      () => session.restart(),
      () => session.info(),
      async () => session.interrupt(),
      async () => session.connect(listener),
      () => kept.list.call('append', [3]),
      () => kept.items.next(),
      () => kept.stream.forEach(() => undefined),
      () => kept.connection.execute('stolen = True'),
    ]) {
      await expect(use(), use.toString()).rejects.toMatchObject(refusal);
    }
    await pool.execute('FUJIAN_WS.is_open() and FUJIAN_WS.write_message("of another borrower")');
    expect(await pool.evaluate('"stolen" in globals()')).toBe(false);
    expect(pushed).toEqual([]);
    kept.list.release();
  });

  it('returns iterators that live on', async () => {
    const pool = await start(1);
    const items = await pool.call<AsyncGenerator<number>>('builtins:iter', [[1, 2]]);
    expect([(await items.next()).value, (await items.next()).value]).toEqual([1, 2]);
  });

  it('lends a session for several steps', async () => {
    const pool = await start(1);
    const result = await pool.use(async (session) => {
      await session.set({ data: [1, 2] });
      using list = await session.import('__main__:data');
      await list.call('append', [3]);
      return session.get('data');
    });
    expect(result).toEqual([1, 2, 3]);
    const seen = [];
    for await (const item of pool.iterate('builtins:iter', [[1, 2]])) seen.push(item);
    expect(seen).toEqual([1, 2]);
  });

  it('takes a session back, however the work ends', async () => {
    const pool = await start(1);
    await expect(pool.call('math:sqrt', [-1])).rejects.toMatchObject({ type: 'ValueError' });
    await expect(pool.use(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    for await (const _ of pool.iterate('builtins:range', [10])) break;
    await expect(pool.call('os:_exit', [3])).rejects.toMatchObject({
      code: 'FUJIAN_INTERPRETER_DIED',
    });
    expect(await pool.evaluate('1 + 1')).toBe(2);
  });

  it('gives a session a new interpreter after a number of loans', async () => {
    const pool = await start(1, { recycleAfter: 2 });
    const pids = [];
    for (let n = 0; n < 6; n += 1) pids.push(await pool.evaluate<number>(pid));
    expect(pids[0]).toBe(pids[1]);
    expect(pids[2]).toBe(pids[3]);
    expect(new Set(pids).size).toBe(3);
    await pool.execute('left_behind = 1');
    await pool.execute('pass');
    const { error } = await pool.execute('left_behind');
    expect(error?.type).toBe('NameError');
  });

  it('refuses one call more than may wait', async () => {
    const pool = await start(1, { queueLimit: 2 });
    const first = pool.evaluate(checkpoint.pass('"first"'));
    const arrival = await checkpoint.arrival();
    const waiting = [pool.evaluate('1'), pool.evaluate('2')];
    await expect(pool.evaluate('3')).rejects.toMatchObject({
      code: 'FUJIAN_QUEUE_FULL',
      limit: 2,
    });
    arrival.letThrough();
    await first;
    expect(await Promise.all(waiting)).toEqual([1, 2]);
  });

  it('lets a signal end the wait, and the next have the turn', async () => {
    const pool = await start(1);
    const first = pool.evaluate(checkpoint.pass('"first"'));
    const arrival = await checkpoint.arrival();
    const controller = new AbortController();
    const aborted = pool.evaluate('1', { signal: controller.signal });
    const next = pool.evaluate('2');
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'FUJIAN_EXECUTION_ABORTED' });
    arrival.letThrough();
    await first;
    expect(await next).toBe(2);
  });

  it('does nothing for a signal that has been given already', async () => {
    const pool = await start(1);
    const signal = AbortSignal.abort('too late');
    let ran = false;
    const used = pool.use(() => Promise.resolve((ran = true)), { signal });
    await expect(used).rejects.toMatchObject({ code: 'FUJIAN_EXECUTION_ABORTED' });
    expect(ran).toBe(false);
  });

  it('lends others while one has no interpreter', async () => {
    const pool = await start(2, { deathLimit: 1 });
    await expect(pool.call('os:_exit', [3])).rejects.toMatchObject({
      code: 'FUJIAN_INTERPRETER_DIED',
    });
    for (let n = 0; n < 5; n += 1) expect(await pool.evaluate('1 + 1')).toBe(2);
    await expect(pool.call('os:_exit', [3])).rejects.toMatchObject({
      code: 'FUJIAN_INTERPRETER_DIED',
    });
    await expect(pool.evaluate('1 + 1')).rejects.toMatchObject({ code: 'FUJIAN_CIRCUIT_OPEN' });
  });

  it('is in no list, and out of reach by an id', async () => {
    await start(2);
    expect(python.service.sessions().map(({ id }) => id)).toEqual(['main']);
    expect(python.service.hasSession('pool~1')).toBe(false);
    await expect(python.service.createSession({ id: 'pool~1' })).rejects.toMatchObject({
      code: 'FUJIAN_SESSION_OPTIONS',
    });
  });

  it('has its modules imported beforehand', async () => {
    const pool = await start(1, { preload: ['colorsys'] });
    expect(await pool.evaluate('"colorsys" in __import__("sys").modules')).toBe(true);
  });

  it('refuses waiting calls when the application ends', async () => {
    const pool = await start(1, { shutdownGrace: 60_000 });
    const running = pool.evaluate(checkpoint.pass('"running"'));
    const arrival = await checkpoint.arrival();
    const waiting = pool.evaluate('1');
    const closed = python.close();
    await eventually(async () => {
      const refusal = await python.service.execute('').catch(({ code }: { code: string }) => code);
      return refusal === 'FUJIAN_SHUTTING_DOWN';
    });
    arrival.letThrough();
    await running;
    await expect(waiting).rejects.toMatchObject({ code: 'FUJIAN_SHUTTING_DOWN' });
    await closed;
    await expect(pool.evaluate('1')).rejects.toMatchObject({ code: 'FUJIAN_SHUTTING_DOWN' });
  });

  it('is missed with a word on how to have one, and refused where it cannot be', async () => {
    python = await TestPython.start();
    expect(() => python.service.pool).toThrow('forRoot({ pool: { size: 4 } })');
    await expect(TestPython.start({ pool: { size: 0 } })).rejects.toThrow(
      'The options of the pool are invalid',
    );
  });
});
