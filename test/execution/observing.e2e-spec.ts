import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
} from 'vitest';
import type { ExecutionOptions } from '../../src/execution/execution-options.js';
import type { ExecutionEvent } from '../../src/execution/observing/execution-event.js';
import type { SessionEvent } from '../../src/execution/sessions/session-event.js';
import { Checkpoint } from '../support/checkpoint.js';
import { StoppedClock } from '../support/stopped-clock.js';
import { TestPython } from '../support/python.js';

type Ended = Extract<ExecutionEvent, { type: 'ended' }>;

describe('execution events', () => {
  let shared: TestPython;
  let python: TestPython;
  let told: ExecutionEvent[] = [];
  let checkpoint: Checkpoint;
  beforeAll(async () => {
    shared = await start();
  });
  afterAll(() => shared.close());
  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
    await shared.run('pass'); // also if the last test has killed the interpreter
    python = shared;
    told = [];
  });
  afterEach(() => checkpoint.tearDown());

  async function start(options: ExecutionOptions = {}): Promise<TestPython> {
    const started = await TestPython.start(options);
    started.service.executionEvents.subscribe((occurrence) => told.push(occurrence));
    return started;
  }
  /** Starts a Python with options of its own for this test. */
  const startWith = async (options: ExecutionOptions) => {
    python = await start(options);
    onTestFinished(() => python.close());
  };
  const types = () => told.map(({ type }) => type);
  const ends = () => told.filter((one): one is Ended => one.type === 'ended');
  const outcomes = () => ends().map(({ outcome, reason }) => [outcome, reason]);
  const refusal = (execution: Promise<unknown>) => execution.catch((error: Error) => error);

  it('name the origin, outcome, duration and output of an execution', async () => {
    await python.execute('print("é")', { origin: { protocol: 'http', requestId: 'r-1' } });
    await python.service.call('operator:add', [1, 2]);
    expect(types()).toEqual(['submitted', 'begun', 'ended', 'submitted', 'begun', 'ended']);
    const [code, call] = ends();
    expect(code).toMatchObject({
      execution: {
        id: expect.any(Number),
        session: 'main',
        origin: { protocol: 'http', requestId: 'r-1' },
        kind: 'code',
        isIsolated: false,
      },
      outcome: 'completed',
      reason: undefined,
      output: { stdout: 3, stderr: 0 },
    });
    expect(code!.ran).toBeGreaterThan(0);
    expect(call).toMatchObject({
      execution: { id: code!.execution.id + 1, origin: { protocol: 'injection' }, kind: 'call' },
    });
  });

  it('never contain the code', async () => {
    await python.execute('secret = 1; raise ValueError("secret")');
    expect(JSON.stringify(told)).not.toContain('secret');
    expect(outcomes()).toEqual([['raised', 'ValueError']]);
  });

  it('count the output of a stream', async () => {
    for await (const _ of python.service.stream('print("abc"); import sys; sys.stderr.write("d")'));
    expect(ends()[0]!.output).toEqual({ stdout: 4, stderr: 1 });
  });

  it('tell how long an execution waited', async () => {
    const first = python.execute(checkpoint.pass());
    const second = python.execute('pass');
    const { letThrough } = await checkpoint.arrival();
    expect(types()).toEqual(['submitted', 'begun', 'submitted']);
    letThrough();
    await Promise.all([first, second]);
    expect(ends()[1]!.waited).toBeGreaterThan(ends()[0]!.waited);
  });

  it('tell why an execution was interrupted', async () => {
    const running = python.execute(checkpoint.pass());
    await checkpoint.arrival();
    python.service.interrupt();
    await running;
    await python.execute('while True: pass', { timeout: 50 });
    const left = new AbortController();
    const aborted = python.execute(checkpoint.pass(), { signal: left.signal });
    await checkpoint.arrival();
    left.abort();
    await aborted;
    const interrupts = told.flatMap((one) => (one.type === 'interrupted' ? [one.by] : []));
    expect(interrupts).toEqual(['request', 'timeout', 'abort']);
    expect(outcomes()).toEqual([
      ['interrupted', 'KeyboardInterrupt'],
      ['timed-out', 'ExecutionTimeoutError'],
      ['interrupted', 'KeyboardInterrupt'],
    ]);
    await python.execute('raise KeyboardInterrupt');
    expect(outcomes().at(-1)).toEqual(['raised', 'KeyboardInterrupt']);
  });

  it('tell that an execution was not run, and why', async () => {
    await startWith({ queueLimit: 1 });
    const running = python.execute(checkpoint.pass());
    const { letThrough } = await checkpoint.arrival();
    await refusal(python.execute('pass'));
    letThrough();
    await running;
    await refusal(python.execute('pass', { signal: AbortSignal.abort() }));
    expect(outcomes()).toEqual([
      ['refused', 'FUJIAN_QUEUE_FULL'],
      ['completed', undefined],
      ['aborted', undefined],
    ]);
  });

  it('tell how the interpreter died, and that waiting executions were refused', async () => {
    const dying = refusal(python.execute('print("x", flush=True); import os; os._exit(3)'));
    await refusal(python.execute('pass'));
    await dying;
    expect(outcomes()).toEqual([
      ['died', 'exit'],
      ['refused', 'FUJIAN_INTERPRETER_DIED'],
    ]);
    expect(ends().find(({ outcome }) => outcome === 'died')!.output.stdout).toBe(2);
  });

  it('come once for an isolated execution, also if it dies', async () => {
    await python.execute('fujian_return = 1', { isolated: true });
    await refusal(python.execute('import os; os.abort()', { isolated: true }));
    await refusal(python.execute('pass', { isolated: true, signal: AbortSignal.abort() }));
    expect(outcomes()).toEqual([
      ['completed', undefined],
      ['died', 'signal'],
      ['aborted', undefined],
    ]);
    expect(ends().every(({ execution }) => execution.isIsolated)).toBe(true);
  });

  it('cover the pool and its sessions', async () => {
    await startWith({ pool: { size: 1 } });
    const sessions: SessionEvent[] = [];
    python.service.sessionEvents.subscribe((event) => sessions.push(event));
    await python.service.pool.execute('pass');
    await refusal(python.service.pool.execute('import os; os._exit(3)'));
    await python.service.pool.execute('pass');
    expect(ends().map(({ execution }) => execution.session)).toEqual(Array(3).fill('pool~1'));
    const died = sessions.find(({ type }) => type === 'died');
    expect(died).toMatchObject({ session: 'pool~1', cause: 'exit' });
    const started = sessions.find((one) => one.type === 'started');
    expect(started!.took).toBeGreaterThan(0);
  });
});

describe('the health of a Python', () => {
  let python: TestPython;
  afterEach(() => python.close());

  it('is well once it has started, and says how main died last', async () => {
    python = await TestPython.start();
    expect(python.service.health).toMatchObject({ problems: [], supervisor: 'up' });
    expect(python.service.health.main.lastDeath).toBeUndefined();
    const before = Date.now();
    await python.death('import os; os._exit(3)');
    await python.run('pass');
    const { problems, main } = python.service.health;
    expect([problems, main.generation, main.state]).toEqual([[], 2, 'idle']);
    expect(main.lastDeath).toMatchObject({ cause: 'exit', reason: 'exit code 3' });
    expect(main.lastDeath!.at.getTime()).toBeGreaterThanOrEqual(before);
  });

  it('is bad while the circuit is open', async () => {
    StoppedClock.stop();
    python = await TestPython.start({ deathLimit: 1, deathPause: 60_000 });
    await python.death('import os; os._exit(3)');
    const { problems, main } = python.service.health;
    expect(main.circuit.state).toBe('open');
    expect(problems).toEqual([
      "Too many interpreters of 'main' have died; another is tried in 60 s.",
    ]);
  });

  it('includes the memory of its interpreters, those of the pool too', async () => {
    python = await TestPython.start();
    const alone = await python.service.memory();
    await python.close();
    python = await TestPython.start({ pool: { size: 4 } });
    expect(alone).toBeGreaterThan(100_000);
    expect(await python.service.memory()).toBeGreaterThan(alone);
  });
});
