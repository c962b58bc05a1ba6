import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { times } from '../../../test/support/property.js';
import { QueueFullError } from '../../errors/execution-errors.js';
import { FujianError } from '../../errors/fujian-error.js';
import { type DeathCause, InterpreterDiedError } from '../../errors/interpreter-death.js';
import { InterpreterStartError } from '../../errors/start-errors.js';
import type { ExecuteOptions, ExecutionResult } from '../execution.js';
import type { StreamEvent } from '../stream-events.js';
import type { ExecutionEvent } from '../observing/execution-event.js';
import type { Connection } from './connection.js';
import type { InterpreterSession } from './interpreter-session.js';
import type { SessionSettings } from './session-settings.js';
import { RAISED, RETURNED, type ScriptedEngine } from './testing/scripted-engine.js';
import { newSession, settle, STARTUP } from './testing/scripted-session.js';

const HANDED_OVER_AT_MOST = 16;
const NOT_RUN = [
  'FUJIAN_EXECUTION_ABORTED',
  'FUJIAN_SHUTTING_DOWN',
  'FUJIAN_QUEUE_FULL',
  'FUJIAN_CIRCUIT_OPEN',
];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

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
  /** Its first event triggers another execution. */
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
  readonly events: StreamEvent[];
  settled: number;
  result: ExecutionResult | undefined;
  error: unknown;
}

/** Session under test, the commands given to it, and the invariants that it must keep. */
class Scenario {
  readonly engine: ScriptedEngine;
  private readonly session: InterpreterSession;
  private readonly asked: Asked[] = [];
  private readonly connections: Connection[] = [];
  /** Calls other than executions that have not settled. */
  private readonly otherCalls = new Set<object>();
  private readonly unexpected: unknown[] = [];
  private submittedBeforeClose: number | undefined;
  /** Events of each execution. */
  private readonly observed = new Map<number, ExecutionEvent[]>();

  constructor(private readonly settings: Partial<SessionSettings>) {
    const { engine, session, observer } = newSession(settings);
    [this.engine, this.session] = [engine, session];
    observer.events.subscribe((event) => {
      const { id } = event.execution;
      this.observed.set(id, [...(this.observed.get(id) ?? []), event]);
    });
    this.call('start', this.session.start());
  }

  async apply(command: Command): Promise<void> {
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

  /** Brings everything that was begun to its end. */
  async drain(): Promise<void> {
    for (let step = 0; step < 500; step++) {
      await settle();
      const { latest } = this.engine;
      if (this.engine.isStarting) this.engine.begin();
      else if (latest && !latest.death && (latest.killedFor ?? latest.endedFor)) latest.die();
      else if (latest && !latest.death && latest.running) latest.finish();
      else return;
    }
    throw new Error('The session never comes to rest.');
  }

  checkNow(): void {
    for (const { submitted, underWay } of this.engine.interpreters) {
      const users = submitted.filter(({ code }) => code !== 'startup');
      const ids = users.map(({ id }) => id);
      expect(ids, 'executions are submitted once, in order').toEqual(
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
    expect(this.observed.size, 'every execution has events').toBe(this.asked.length);
    for (const told of this.observed.values()) {
      const types = told.map(({ type }) => type).filter((type) => type !== 'interrupted');
      const end = told.find((one) => one.type === 'ended');
      const isRun = end?.outcome !== 'aborted' && end?.outcome !== 'refused';
      if (isRun) expect(types).toEqual(['submitted', 'begun', 'ended']);
      else expect([types[0], types.at(-1)]).toEqual(['submitted', 'ended']);
      expect(new Set(types).size, 'no event comes twice').toBe(types.length);
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
    expect(settled, `${code} settles once`).toBe(1);
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
      expect(this.hasBegun(code), `${code}, failed with ${reason}`).toBe(false);
      return;
    }
    // The code may not have begun: a report of an early interrupt died with the interpreter.
    const { death } = error as InterpreterDiedError;
    const dead = this.engine.interpreters.find((one) => one.death === death);
    expect(dead?.running?.code, `${code} ran at ${reason}`).toBe(code);
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
    const events: StreamEvent[] = [];
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
    const listener = (event: StreamEvent) => {
      expect(one.settled, 'no event comes after the result').toBe(0);
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

describe('InterpreterSession, with events in any order,', () => {
  it('settles each execution once and truthfully, in order, and leaves no timer or call behind', async () => {
    await fc.assert(
      fc.asyncProperty(
        settings,
        fc.array(command, { maxLength: 40, size: 'max' }),
        async (settings, commands) => {
          vi.clearAllTimers();
          const scenario = new Scenario(settings);
          for (const one of commands) {
            await scenario.apply(one);
            scenario.checkNow();
          }
          await scenario.drain();
          scenario.checkNow();
          scenario.checkAtRest();
        },
      ),
      { seed: 1987, numRuns: times(50, 400) },
    );
  });
});
