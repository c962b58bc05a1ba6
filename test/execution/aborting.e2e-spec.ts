import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Checkpoint } from '../support/checkpoint.js';
import { TestPython } from '../support/python.js';

let python: TestPython;
let checkpoint: Checkpoint;

beforeAll(async () => {
  python = await TestPython.start();
});
afterAll(() => python.close());
beforeEach(async () => {
  checkpoint = await Checkpoint.build();
});
afterEach(() => checkpoint.tearDown());

const ABORTED = { code: 'FUJIAN_EXECUTION_ABORTED', cause: 'enough' };

describe('an execution whose signal is aborted', () => {
  it('beforehand, is not run', async () => {
    const signal = AbortSignal.abort('enough');
    await expect(python.execute('ran = True', { signal })).rejects.toMatchObject(ABORTED);
    expect(await python.returned('fujian_return = "ran" in globals()')).toBe('False');
  });

  it('while it runs, is interrupted, with what it had printed', async () => {
    const abort = new AbortController();
    const running = python.execute(`print("before"); ${checkpoint.pass()}\nwhile True: int()`, {
      signal: abort.signal,
    });
    (await checkpoint.arrival()).letThrough();
    abort.abort('enough');
    const { stdout, error } = await running;
    expect([stdout, error?.type, error?.cause]).toEqual([
      'before\n',
      'KeyboardInterrupt',
      'enough',
    ]);
  });

  it.each([false, true])(
    'while it runs, has the reason as the cause of the error of a call (isolated: %s)',
    async (isolated) => {
      const abort = new AbortController();
      const reason = new Error('the client hung up');
      const call = python.service.call(
        'builtins:exec',
        [`${checkpoint.pass()}\nwhile True: int()`],
        {},
        {
          isolated,
          signal: abort.signal,
        },
      );
      (await checkpoint.arrival()).letThrough();
      abort.abort(reason);
      await expect(call).rejects.toMatchObject({ type: 'KeyboardInterrupt', cause: reason });
    },
  );

  it('is the cause of nothing but its interrupt', async () => {
    const abort = new AbortController();
    const running = python.execute(
      `try:
  ${checkpoint.pass()}
  while True: int()
except KeyboardInterrupt: raise ValueError("mine") from None`,
      { signal: abort.signal },
    );
    (await checkpoint.arrival()).letThrough();
    abort.abort('enough');
    expect((await running).error).not.toHaveProperty('cause');
  });

  it.each([
    ['handed over ahead', 3],
    ['in the queue', 40],
  ])('while it waits, %s, is not run, and its neighbours are', async (_, waiting) => {
    const abort = new AbortController();
    await python.run('ran = []');
    const first = python.execute(
      `import subprocess; child = subprocess.Popen(["sleep", "1000"]); ${checkpoint.pass()}
fujian_return = child.poll(); child.kill()`,
    );
    const { letThrough } = await checkpoint.arrival();
    const before = Array.from({ length: waiting }, (_, n) => python.run(`ran.append(${n})`));
    const aborted = python
      .execute('ran.append("aborted")', { signal: abort.signal })
      .catch((error: unknown) => error);
    const after = python.run('ran.append("after")');
    abort.abort('enough');
    letThrough();
    expect(await aborted).toMatchObject(ABORTED);
    // The subprocess of the next execution is not hit either.
    expect(await first).toMatchObject({ return: 'None' });
    await Promise.all([...before, after]);
    const all = [...Array(waiting).keys(), "'after'"].join(', ');
    expect(await python.returned('fujian_return = ran')).toBe(`[${all}]`);
  });

  it('after its end, has its answer', async () => {
    const abort = new AbortController();
    const { stdout } = await python.execute('print("done")', { signal: abort.signal });
    abort.abort();
    expect(stdout).toBe('done\n');
    expect(await python.returned('fujian_return = "untouched"')).toBe('untouched');
  });

  it('and that does not stop, is killed like any other', async () => {
    const stubborn = await TestPython.start({ interruptGrace: 100 });
    try {
      const abort = new AbortController();
      const first = stubborn.execute(checkpoint.pass());
      const { letThrough } = await checkpoint.arrival();
      const dies = stubborn.death(
        `import signal\nsignal.signal(2, lambda *_: 0)\n${checkpoint.pass()}\nwhile True: 0`,
        { signal: abort.signal },
      );
      letThrough();
      await first;
      await checkpoint.arrival(); // and the test does not let it through
      abort.abort('enough');
      const { death, cause } = await dies;
      expect(death.reason).toBe('it did not stop within 100 ms of an interrupt and was killed');
      expect(cause).toBe('enough');
    } finally {
      await stubborn.close();
    }
  });
});

describe('a restart', () => {
  it('answers what runs and what waits, and runs what comes after it in a new interpreter', async () => {
    const { generation } = python.service;
    const running = python.death(`kept = 1; ${checkpoint.pass()}`);
    await checkpoint.arrival();
    const waiting = Array.from({ length: 40 }, () => python.death('pass'));
    const restarted = python.service.restart();
    const after = python.returned('fujian_return = "kept" in globals()');
    expect((await running).death).toMatchObject({ cause: 'restart', reason: 'it was restarted' });
    for (const { started, message } of await Promise.all(waiting)) {
      expect(started).toBe(false);
      expect(message).toMatch(/^This code was not run: .* it was restarted\. A new interpreter/);
    }
    await restarted;
    expect(await after).toBe('False');
    expect(python.service.generation).toBe(generation + 1);
  });

  it('asked for several times at once is one', async () => {
    const { generation } = python.service;
    await Promise.all([1, 2, 3].map(() => python.service.restart()));
    expect(python.service.generation).toBe(generation + 1);
  });

  it('of a session that is not there says so', async () => {
    await expect(python.service.restart('nobody')).rejects.toMatchObject({
      code: 'FUJIAN_SESSION_NOT_FOUND',
      message: 'Context nobody not found',
    });
    expect(() => python.service.interrupt('nobody')).toThrow('Context nobody not found');
  });
});
