import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DeathCause } from '../engine/engine.js';
import { CircuitOpenError } from '../errors/circuit-open.error.js';
import { FujianError } from '../errors/fujian-error.js';
import { InterpreterDiedError } from '../errors/interpreter-died.error.js';
import { InterpreterStartError } from '../errors/interpreter-start.error.js';
import { QueueFullError } from '../errors/queue-full.error.js';
import type { ExecuteOptions, ExecutionResult } from '../execution.js';
import type { ExecutionEvent } from '../execution-events.js';
import { MAIN_SESSION } from '../ids.js';
import type { ExecutionOccurrence } from '../observing/execution-occurrence.js';
import { ExecutionObserver } from '../observing/execution-observer.js';
import type { Connection } from './connection.js';
import { InterpreterSession } from './interpreter-session.js';
import type { SessionSettings } from './session-settings.js';
import { INTERRUPTED, RETURNED, ScriptedEngine } from './testing/scripted-engine.js';

const SETTINGS: SessionSettings = {
  timeout: 0,
  interruptGrace: 1_000,
  outputLimit: 1_000,
  queueLimit: 20,
  queuedOnDeath: 'refuse',
  startup: [],
  cwd: undefined,
  env: {},
  limits: {},
  isReplaced: true,
  deathLimit: 3,
  deathWindow: 60_000,
  deathPause: 10_000,
};
const STARTUP = {
  code: 'startup',
  filename: 'startup.py',
  what: 'the start-up file startup.py',
  Failure: InterpreterStartError,
};
const HANDED_OVER_AT_MOST = 16;
const NOT_RUN = [
  'FUJIAN_EXECUTION_ABORTED',
  'FUJIAN_SHUTTING_DOWN',
  'FUJIAN_QUEUE_FULL',
  'FUJIAN_CIRCUIT_OPEN',
];
const RAISED = {
  ...RETURNED,
  error: { type: 'ValueError', value: 'v', traceback: 'Traceback …\nValueError: v\n' },
};

function newSession(settings: Partial<SessionSettings> = {}) {
  const engine = new ScriptedEngine();
  const logger = new Logger('test');
  logger.localInstance.error = logger.localInstance.warn = logger.localInstance.log = () => {};
  const observer = new ExecutionObserver();
  const session = new InterpreterSession(
    MAIN_SESSION,
    { ...SETTINGS, ...settings },
    { engine, logger, observer },
  );
  return { engine, session, observer };
}

/** A session whose first interpreter lives. */
async function liveSession(settings: Partial<SessionSettings> = {}) {
  const { engine, session } = newSession(settings);
  const started = session.start();
  const interpreter = engine.begin();
  await started;
  return { engine, session, interpreter };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

// --- Any order of events ---

type Command =
  | { readonly do: 'execute'; readonly how: How }
  | { readonly do: 'abort'; readonly which: number }
  | { readonly do: 'finish'; readonly raises: boolean }
  | { readonly do: 'print' }
  | { readonly do: 'die'; readonly cause: DeathCause }
  | { readonly do: 'begin' | 'refuse' | 'restart' | 'interrupt' | 'connect' | 'disconnect' }
  | { readonly do: 'pass'; readonly time: number }
  | { readonly do: 'settle' | 'close' };

interface How {
  readonly streams: boolean;
  readonly signal: boolean;
  readonly timeout: boolean;
  readonly connection: boolean;
  /** As soon as it hears of the first event, another one is executed. */
  readonly followed: boolean;
}

const cause = fc.constantFrom<DeathCause>('exit', 'signal', 'memory-limit', 'channel');
const how = fc.record({
  streams: fc.boolean(),
  signal: fc.boolean(),
  timeout: fc.boolean(),
  connection: fc.boolean(),
  followed: fc.boolean(),
});
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('execute'), how }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('finish'), raises: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('abort'), which: fc.nat(30) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('die'), cause }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('begin') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('settle') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass'), time: fc.nat(11_000) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('print', 'refuse', 'restart', 'interrupt', 'connect', 'disconnect'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close') }) },
);

const settings = fc.record({
  queueLimit: fc.constantFrom(3, 20),
  queuedOnDeath: fc.constantFrom('refuse', 'run'),
  startup: fc.constantFrom([], [STARTUP]),
  deathLimit: fc.constantFrom(0, 2, 3),
});

interface Asked {
  readonly code: string;
  readonly abort: AbortController;
  readonly how: How;
  readonly events: ExecutionEvent[];
  settled: number;
  result: ExecutionResult | undefined;
  error: unknown;
}

/** A session, all that was asked of it, and what may never be. */
class Run {
  readonly engine: ScriptedEngine;
  private readonly session: InterpreterSession;
  private readonly asked: Asked[] = [];
  private readonly connections: Connection[] = [];
  /** Those that have not settled. */
  private readonly otherCalls = new Set<object>();
  private readonly unexpected: unknown[] = [];
  private submittedBeforeClose: number | undefined;
  /** What observers were told of each execution. */
  private readonly observed = new Map<number, ExecutionOccurrence[]>();

  constructor(private readonly settings: Partial<SessionSettings>) {
    const { engine, session, observer } = newSession(settings);
    [this.engine, this.session] = [engine, session];
    observer.events.subscribe((occurrence) => {
      const { id } = occurrence.execution;
      this.observed.set(id, [...(this.observed.get(id) ?? []), occurrence]);
    });
    this.call('start', this.session.start());
  }

  async perform(command: Command): Promise<void> {
    const { engine, session } = this;
    const alive = engine.latest?.death ? undefined : engine.latest;
    switch (command.do) {
      case 'execute':
        return this.execute(command.how);
      case 'abort':
        return this.asked[command.which]?.abort.abort();
      case 'finish':
        if (alive?.running) alive.finish(command.raises ? RAISED : RETURNED);
        return;
      case 'print':
        if (alive?.running?.streams) alive.print('text');
        return;
      case 'die':
        return alive?.die(command.cause, { stdout: 'partial', stderr: '' });
      case 'begin':
        if (engine.isStarting) engine.begin();
        return;
      case 'refuse':
        if (engine.isStarting) engine.refuse(new InterpreterStartError('scripted refusal'));
        return;
      case 'restart':
        return this.call('restart', session.restart());
      case 'interrupt':
        session.interrupt();
        return;
      case 'connect':
        this.connections.push(
          session.connect({
            pushed: () => undefined,
            printedBetweenRuns: () => undefined,
            interpreterDied: () => {
              if (this.asked.length < 60) this.execute(PLAIN);
            },
            sessionClosed: () => undefined,
          }),
        );
        return;
      case 'disconnect':
        return this.connections.pop()?.close();
      case 'pass':
        await vi.advanceTimersByTimeAsync(command.time);
        return;
      case 'settle':
        return void (await settle());
      case 'close':
        this.call('close', session.close(500));
        this.submittedBeforeClose ??= this.submitted;
    }
  }

  /** Everything that was begun is brought to its end. */
  async drain(): Promise<void> {
    for (let step = 0; step < 500; step++) {
      await settle();
      const { latest } = this.engine;
      if (this.engine.isStarting) this.engine.begin();
      else if (latest && !latest.death && latest.killedFor) latest.die();
      else if (latest && !latest.death && latest.running) latest.finish();
      else return;
    }
    throw new Error('It never comes to rest.');
  }

  checkNow(): void {
    for (const { submitted, underWay } of this.engine.interpreters) {
      const users = submitted.filter(({ code }) => code !== 'startup');
      const ids = users.map(({ id }) => id);
      expect(ids, 'in the order in which they were asked for, each once').toEqual(
        [...new Set(ids)].sort((a, b) => a - b),
      );
      expect(underWay.length).toBeLessThanOrEqual(HANDED_OVER_AT_MOST);
    }
    if (this.submittedBeforeClose !== undefined) {
      expect(this.submitted, 'nothing is submitted after close').toBe(this.submittedBeforeClose);
    }
  }

  checkAtRest(): void {
    expect([...this.otherCalls], 'every call settles').toEqual([]);
    expect(this.unexpected).toEqual([]);
    expect(vi.getTimerCount(), 'no timer is left').toBe(0);
    for (const one of this.asked) this.checkAnswer(one);
    expect(this.observed.size, 'observers are told of every execution').toBe(this.asked.length);
    for (const told of this.observed.values()) {
      const types = told.map(({ type }) => type).filter((type) => type !== 'interrupted');
      const end = told.find((one) => one.type === 'ended');
      const isRun = end?.outcome !== 'aborted' && end?.outcome !== 'refused';
      if (isRun) expect(types).toEqual(['submitted', 'begun', 'ended']);
      else expect([types[0], types.at(-1)]).toEqual(['submitted', 'ended']);
      expect(new Set(types).size, 'of nothing twice').toBe(types.length);
    }
    const { queuedOnDeath = 'refuse' } = this.settings;
    const codes = this.engine.interpreters.flatMap(({ submitted }) => submitted);
    if (queuedOnDeath === 'refuse') {
      const users = codes.filter(({ code }) => code !== 'startup');
      expect(new Set(users.map(({ id }) => id)).size).toBe(users.length);
    }
    const begun = this.engine.interpreters.flatMap((one) => [...one.begun]);
    expect(new Set(begun).size, 'nothing begins twice').toBe(begun.length);
  }

  private checkAnswer({ code, settled, result, error, events, how }: Asked): void {
    expect(settled, `${code} is answered once`).toBe(1);
    const ends = events.filter(({ type }) => type === 'done').length;
    if (how.streams) {
      expect(ends).toBe(result ? 1 : 0);
      if (result) expect(events.at(-1)).toEqual({ type: 'done' });
    }
    if (result) {
      expect(this.hasBegun(code), 'a result is of code that ran').toBe(true);
      return;
    }
    expect(error).toBeInstanceOf(FujianError);
    const { code: reason } = error as FujianError;
    const claimsNotRun =
      NOT_RUN.includes(reason) ||
      error instanceof InterpreterStartError ||
      (error instanceof InterpreterDiedError && !error.started);
    if (claimsNotRun) {
      expect(this.hasBegun(code), `${code}, answered with ${reason}`).toBe(false);
      return;
    }
    // It may have begun: that an interrupt came before its first line died with the interpreter.
    const { death } = error as InterpreterDiedError;
    const dead = this.engine.interpreters.find((one) => one.death === death);
    expect(dead?.running?.code, `it ran when ${reason}`).toBe(code);
  }

  private hasBegun(code: string): boolean {
    return this.engine.interpreters.some((one) =>
      one.submitted.some((submission) => submission.code === code && one.begun.has(submission.id)),
    );
  }

  private get submitted(): number {
    return this.engine.interpreters.reduce((sum, { submitted }) => sum + submitted.length, 0);
  }

  private call(name: string, other: Promise<unknown>): void {
    const call = { name };
    this.otherCalls.add(call);
    const settled = () => this.otherCalls.delete(call);
    other.then(settled, (error: unknown) => {
      settled();
      if (!(error instanceof FujianError)) this.unexpected.push(error);
    });
  }

  private execute(how: How): void {
    const abort = new AbortController();
    const events: ExecutionEvent[] = [];
    const code = `code ${this.asked.length}`;
    const one: Asked = {
      code,
      abort,
      how,
      events,
      settled: 0,
      result: undefined,
      error: undefined,
    };
    const waiting = this.asked.filter(({ settled }) => settled === 0).length;
    this.asked.push(one);
    const options: ExecuteOptions = {
      ...(how.signal && { signal: abort.signal }),
      ...(how.timeout && { timeout: 300 }),
    };
    const listener = (event: ExecutionEvent) => {
      expect(one.settled, 'no event comes after the answer').toBe(0);
      events.push(event);
      if (how.followed && events.length === 1 && this.asked.length < 60) this.execute(PLAIN);
      return undefined;
    };
    const [connection] = this.connections;
    const result = how.streams
      ? this.session.execute(code, options, { listener })
      : how.connection && connection
        ? connection.execute(code, options)
        : this.session.execute(code, options);
    result.then(
      (value) => ((one.settled += 1), (one.result = value)),
      (error: unknown) => {
        one.settled += 1;
        one.error = error;
        if (error instanceof QueueFullError) {
          expect(waiting + 1).toBeGreaterThanOrEqual(this.settings.queueLimit ?? 0);
        }
      },
    );
  }
}

const PLAIN: How = {
  streams: false,
  signal: false,
  timeout: true,
  connection: false,
  followed: false,
};

describe('InterpreterSession, whatever happens in whatever order,', () => {
  it('answers each execution once and truly, in order, and leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(
        settings,
        fc.array(command, { maxLength: 40, size: 'max' }),
        async (settings, commands) => {
          vi.clearAllTimers();
          const run = new Run(settings);
          for (const one of commands) {
            await run.perform(one);
            run.checkNow();
          }
          await run.drain();
          run.checkNow();
          run.checkAtRest();
        },
      ),
      { seed: 1987, numRuns: 400 },
    );
  });
});

describe('InterpreterSession', () => {
  it('counts the interpreters that were ready, as its generations', async () => {
    const { engine, session, interpreter } = await liveSession();
    expect(session.generation).toBe(1);
    interpreter.die();
    expect(session.generation).toBe(1);
    engine.refuse(new InterpreterStartError('none'));
    await settle();
    expect(session.generation).toBe(1);
    const restarted = session.restart();
    engine.begin();
    await restarted;
    expect(session.generation).toBe(2);
  });

  it('refuses code when as many wait as may, until one is answered', async () => {
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

  it('runs what waits in the next interpreter, in its order, if it is told to', async () => {
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

  it('tells a new interpreter which connections are open', async () => {
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

  it('takes an endless timeout for none', async () => {
    const { session, interpreter } = await liveSession();
    const result = session.execute('code', { timeout: Infinity });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(interpreter.interrupted).toEqual([]);
    interpreter.finish();
    await expect(result).resolves.toMatchObject({ return: '' });
  });

  it('interrupts code that takes too long, says so, and kills it if that does not help', async () => {
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

describe('Too many deaths', () => {
  async function untilOpen(settings: Partial<SessionSettings> = {}) {
    const { engine, session } = await liveSession(settings);
    for (let death = 1; death <= SETTINGS.deathLimit; death++) {
      engine.latest!.die();
      if (engine.isStarting) engine.begin();
      await settle();
    }
    return { engine, session };
  }

  it('keep a session from starting interpreters for a while', async () => {
    const { engine, session } = await untilOpen();
    expect(engine.isStarting).toBe(false);
    await expect(session.execute('code')).rejects.toThrow(CircuitOpenError);
    await vi.advanceTimersByTimeAsync(SETTINGS.deathPause - 1);
    await expect(session.execute('code')).rejects.toThrow(CircuitOpenError);
    expect(engine.interpreters).toHaveLength(SETTINGS.deathLimit);
  });

  it('are forgotten when the code of a trial ends', async () => {
    const { engine, session } = await untilOpen();
    await vi.advanceTimersByTimeAsync(SETTINGS.deathPause);
    const result = session.execute('trial');
    const trial = engine.begin();
    await settle();
    trial.finish();
    await result;
    trial.die();
    expect(engine.isStarting).toBe(true);
  });

  it('go on with a trial that dies', async () => {
    const { engine, session } = await untilOpen();
    await vi.advanceTimersByTimeAsync(SETTINGS.deathPause);
    const result = session.execute('trial');
    const trial = engine.begin();
    await settle();
    trial.die();
    await expect(result).rejects.toThrow(InterpreterDiedError);
    expect(engine.isStarting).toBe(false);
    await expect(session.execute('code')).rejects.toThrow(CircuitOpenError);
  });

  it('do not keep anybody from a restart', async () => {
    const { engine, session } = await untilOpen();
    const restarted = session.restart();
    engine.begin();
    await expect(restarted).resolves.toBeUndefined();
  });

  it('are not made good by a start-up file that ends, or that raises', async () => {
    const { engine, session } = newSession({ startup: [STARTUP], deathLimit: 1 });
    session.start().catch(() => undefined);
    engine.begin().die();
    await settle();
    for (const outcome of [RETURNED, RAISED]) {
      await vi.advanceTimersByTimeAsync(SETTINGS.deathPause);
      const trial = session.execute('trial');
      trial.catch(() => undefined);
      const interpreter = engine.begin();
      await settle();
      interpreter.finish(outcome);
      await settle();
      interpreter.die();
      await expect(trial).rejects.toThrow(FujianError);
      await expect(session.execute('code')).rejects.toThrow(CircuitOpenError);
    }
  });
});

describe('Code that is asked for by whoever hears of an end', () => {
  it('is for the next interpreter, if the end is a death', async () => {
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

  it('has one timeout, and takes its interpreter along for no other', async () => {
    const { session, interpreter } = await liveSession();
    let next: Promise<ExecutionResult> | undefined;
    const listener = (event: ExecutionEvent) => {
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

  it('does not begin when the end has closed the session', async () => {
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

describe('A start-up file', () => {
  async function starting() {
    const { engine, session } = newSession({ startup: [STARTUP] });
    const started = session.start();
    const waiting = session.execute('code');
    waiting.catch(() => undefined);
    const interpreter = engine.begin();
    await settle();
    return { engine, session, started, waiting, interpreter };
  }

  it('runs before what waits', async () => {
    const { started, waiting, interpreter } = await starting();
    expect(interpreter.submitted.map(({ code }) => code)).toEqual(['startup']);
    interpreter.finish();
    await started;
    interpreter.finish();
    await expect(waiting).resolves.toMatchObject({ return: '' });
  });

  it('that takes the interpreter down is why what waits is not run', async () => {
    const { started, waiting, interpreter } = await starting();
    interpreter.die('exit', { stdout: 'of the start-up file', stderr: '' });
    await expect(started).rejects.toThrow(InterpreterStartError);
    await expect(waiting).rejects.toThrow('start-up file startup.py');
  });

  it('that ends just before its interpreter does leaves nothing with the dead', async () => {
    const { engine, session, started, interpreter } = await starting();
    interpreter.finish();
    interpreter.die();
    await expect(started).rejects.toThrow(InterpreterStartError);
    const next = session.execute('next');
    const successor = engine.begin();
    await settle();
    successor.finish();
    await settle();
    successor.finish();
    await expect(next).resolves.toMatchObject({ return: '' });
  });

  it('that raises has the interpreter dead before another takes its place', async () => {
    const { engine, session, started, waiting, interpreter } = await starting();
    interpreter.finish(RAISED);
    await settle();
    expect(interpreter.killedFor?.cause).toBe('start');
    const late = session.execute('late');
    late.catch(() => undefined);
    expect(engine.isStarting).toBe(false);
    interpreter.die();
    await expect(started).rejects.toThrow('ValueError: v');
    await expect(waiting).rejects.toThrow(InterpreterStartError);
    await expect(late).rejects.toThrow(InterpreterStartError);
  });

  it('is not run in a session that was closed meanwhile', async () => {
    const { engine, session } = newSession({ startup: [STARTUP] });
    const started = session.start();
    await session.close(0);
    const interpreter = engine.begin();
    await expect(started).rejects.toMatchObject({ code: 'FUJIAN_SHUTTING_DOWN' });
    expect(interpreter.submitted).toEqual([]);
  });
});

describe('A session that closes', () => {
  it('interrupts what runs after a while, and what had begun without its knowledge', async () => {
    const { session, interpreter } = await liveSession();
    const first = session.execute('first');
    const second = session.execute('second');
    const closed = session.close(500);
    interpreter.finish();
    await first;
    // Python had begun the second before it heard of the interrupt, and the code caught it.
    await vi.advanceTimersByTimeAsync(SETTINGS.interruptGrace);
    expect(interpreter.killedFor?.reason).toBe(
      'it did not stop within 1000 ms of an interrupt and was killed',
    );
    interpreter.die();
    await expect(second).rejects.toThrow(InterpreterDiedError);
    await closed;
    expect(vi.getTimerCount()).toBe(0);
  });
});
