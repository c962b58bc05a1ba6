import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { QueueFullError } from '../../errors/execution-errors.js';
import { InterpreterDiedError } from '../../errors/interpreter-death.js';
import type { ExecutionResult } from '../execution.js';
import type { StreamEvent } from '../stream-events.js';
import { INTERRUPTED } from './testing/scripted-engine.js';
import { liveSession, SETTINGS, settle } from './testing/scripted-session.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('InterpreterSession', () => {
  it('refuses executions while the queue is full', async () => {
    const { session, interpreter } = await liveSession({ queueLimit: 2 });
    const first = session.execute('1');
    const second = session.execute('2');
    await expect(session.execute('3')).rejects.toThrow(QueueFullError);
    interpreter.finish();
    const fourth = session.execute('4');
    interpreter.finish();
    interpreter.finish();
    await expect(Promise.all([first, second, fourth])).resolves.toHaveLength(3);
  });

  it('runs waiting executions in the next interpreter, in order, with queuedOnDeath: run', async () => {
    const { engine, session, interpreter } = await liveSession({ queuedOnDeath: 'run' });
    const aborted = new AbortController();
    const results = ['1', '2', '3', '4'].map((code) =>
      session.execute(code, code === '3' ? { signal: aborted.signal } : {}),
    );
    const outcomes = Promise.allSettled(results);
    aborted.abort();
    interpreter.die();
    const next = engine.begin();
    await settle();
    expect(next.submitted.map(({ code }) => code)).toEqual(['2', '4']);
    next.finish();
    next.finish();
    expect((await outcomes).map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });

  it('reports open connections to a new interpreter', async () => {
    const { engine, session, interpreter } = await liveSession();
    const connect = () =>
      session.connect({
        pushed: () => undefined,
        printedBetweenRuns: () => undefined,
        interpreterDied: () => undefined,
        sessionClosed: () => undefined,
      });
    const [one, other] = [connect(), connect()];
    expect([...interpreter.connections]).toEqual([one.id, other.id]);
    one.close();
    interpreter.die();
    const third = connect();
    const next = engine.begin();
    await settle();
    expect([...next.connections]).toEqual([other.id, third.id]);
  });

  it('treats an infinite timeout as none', async () => {
    const { session, interpreter } = await liveSession();
    const result = session.execute('code', { timeout: Infinity });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(interpreter.interrupted).toEqual([]);
    interpreter.finish();
    await expect(result).resolves.toMatchObject({ return: '' });
  });

  it('interrupts code at its timeout, says so, and kills it if it does not stop', async () => {
    const { session, interpreter } = await liveSession();
    const stops = session.execute('stops', { timeout: 100 });
    const stays = session.execute('stays', { timeout: 100 });
    await vi.advanceTimersByTimeAsync(100);
    interpreter.finish(INTERRUPTED);
    await expect(stops).resolves.toMatchObject({ error: { type: 'ExecutionTimeoutError' } });
    await vi.advanceTimersByTimeAsync(100 + SETTINGS.interruptGrace);
    expect(interpreter.killedFor?.cause).toBe('not-stopped');
    interpreter.die();
    await expect(stays).rejects.toThrow('ran longer than the 100 ms that it had');
  });
});

describe('An execution requested by the listener of one that ends', () => {
  it('is for the next interpreter if the first one died', async () => {
    const { engine, session, interpreter } = await liveSession();
    let next: Promise<ExecutionResult> | undefined;
    session.connect({
      pushed: () => undefined,
      printedBetweenRuns: () => undefined,
      interpreterDied: () => void (next = session.execute('next')),
      sessionClosed: () => undefined,
    });
    const first = session.execute('first');
    interpreter.die('exit');
    await expect(first).rejects.toThrow(InterpreterDiedError);
    const successor = engine.begin();
    await settle();
    successor.finish();
    await expect(next).resolves.toMatchObject({ return: '' });
  });

  it('has one timeout, and its interpreter dies for no other', async () => {
    const { session, interpreter } = await liveSession();
    let next: Promise<ExecutionResult> | undefined;
    const listener = (event: StreamEvent) => {
      if (event.type === 'done') next = session.execute('next', { timeout: 100 });
      return undefined;
    };
    const first = session.execute('first', {}, { listener });
    interpreter.finish();
    await first;
    interpreter.finish();
    await next;
    await vi.advanceTimersByTimeAsync(100 + SETTINGS.interruptGrace);
    expect(interpreter.interrupted).toEqual([]);
    expect(interpreter.killedFor).toBeUndefined();
  });

  it('is refused, and starts no interpreter, if the listener has closed the session', async () => {
    const { engine, session, interpreter } = await liveSession();
    let closed: Promise<void> | undefined;
    session.connect({
      pushed: () => undefined,
      printedBetweenRuns: () => undefined,
      interpreterDied: () => void (closed = session.close(0)),
      sessionClosed: () => undefined,
    });
    interpreter.die();
    await closed;
    expect(engine.isStarting).toBe(false);
    await expect(session.execute('code')).rejects.toMatchObject({ code: 'FUJIAN_SHUTTING_DOWN' });
  });
});

describe('The interpreter of a session that is closed, discarded or restarted', () => {
  it('ends as a program if it runs no code', async () => {
    for (const end of ['close', 'discard', 'restart'] as const) {
      const { engine, session, interpreter } = await liveSession();
      const ended = end === 'close' ? session.close(500) : session[end]();
      await settle();
      expect([interpreter.endedFor?.cause, interpreter.killedFor]).toEqual([
        end === 'restart' ? 'restart' : 'closed',
        undefined,
      ]);
      interpreter.die();
      if (end === 'restart') await settle().then(() => engine.begin());
      await ended;
    }
  });

  it.each(['discard', 'restart'] as const)('is killed by %s if it runs code', async (end) => {
    const { engine, session, interpreter } = await liveSession();
    const running = session.execute('code');
    const ended = session[end]();
    await settle();
    expect([interpreter.endedFor, interpreter.killedFor?.cause]).toEqual([
      undefined,
      end === 'restart' ? 'restart' : 'closed',
    ]);
    interpreter.die();
    await expect(running).rejects.toThrow(InterpreterDiedError);
    if (end === 'restart') await settle().then(() => engine.begin());
    await ended;
  });

  it('is killed if it has no time, or is a temporary fork', async () => {
    for (const settings of [{ exitGrace: 0 }, { isReplaced: false }]) {
      const { session, interpreter } = await liveSession(settings);
      const closed = session.close(500);
      await settle();
      expect([interpreter.endedFor, interpreter.killedFor?.cause]).toEqual([undefined, 'closed']);
      interpreter.die();
      await closed;
    }
  });

  it('ends once for a session that is discarded while it closes', async () => {
    const { session, interpreter } = await liveSession();
    const ends = [session.discard(), session.close(500), session.discard()];
    await settle();
    interpreter.die();
    await Promise.all(ends);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('A session that closes', () => {
  it('interrupts the running execution after the grace, and one that has begun unreported', async () => {
    const { session, interpreter } = await liveSession();
    const first = session.execute('first');
    const second = session.execute('second');
    const closed = session.close(500);
    interpreter.finish();
    await first;
    // Python had begun the second before the interrupt arrived, and the code caught it.
    await vi.advanceTimersByTimeAsync(SETTINGS.interruptGrace);
    expect(interpreter.killedFor?.reason).toBe(
      'it did not stop within 1000 ms of an interrupt and was killed',
    );
    interpreter.die();
    await expect(second).rejects.toMatchObject({
      code: 'FUJIAN_SHUTTING_DOWN',
      started: true,
      cause: expect.any(InterpreterDiedError) as InterpreterDiedError,
    });
    await closed;
    expect(vi.getTimerCount()).toBe(0);
  });
});
