import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExecutionAbortedError } from '../../src/execution/errors/execution-aborted.error.js';
import { Checkpoint } from '../support/checkpoint.js';
import { CAN_LOOK_AT_PROCESSES } from '../support/processes.js';
import { TestPython } from '../support/python.js';
import { requireOrSkip } from '../support/requirement.js';
import { FaultTable, SOAK, type Subject, type Tally, thisProcess } from './fault-table.js';

/** Milliseconds. */
const GRACE = 300;
const DEADLINE = 50;

/** `here` is where the code tells the test how far it is. */
type Code = (here: string) => string;

const STOPPABLE: readonly (readonly [string, Code])[] = [
  ['a busy loop', (here) => `${here}\nwhile True: pass`],
  ['time.sleep', (here) => `import time; ${here}; time.sleep(1000)`],
  [
    'await',
    (here) => `import asyncio
async def wait():
    ${here}
    await asyncio.sleep(1000)
asyncio.run(wait())`,
  ],
  [
    'a subprocess',
    // It is there when it says so: Python lets an interrupt be lost between fork and exec.
    (here) => `import subprocess, sys
subprocess.run([sys.executable, "-c", ${JSON.stringify(`import time; ${here}; time.sleep(1000)`)}])`,
  ],
  [
    'SIGINT ignored',
    (here) => `import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); ${here}
while True: pass`,
  ],
  [
    'a regular expression that backtracks',
    (here) => `import re; ${here}; re.match("(a+)+$", "a" * 100 + "b")`,
  ],
];

/** The interrupt may come anywhere behind `here`: it is caught wherever it comes. */
function stubborn(statement: string): Code {
  return (here) => `import hashlib, os, signal
is_first = True
while True:
    try:
        try:
            if is_first:
                is_first = False
                ${here}
            ${statement}
        except BaseException: int()
    except BaseException: pass`;
}

const STUBBORN: readonly (readonly [string, Code])[] = [
  ['nested try: except BaseException', stubborn('while True: int()')],
  ['a loop in C', stubborn('hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)')],
  ['SIGSTOP', stubborn('os.kill(os.getpid(), signal.SIGSTOP)')],
];

const SPIN = 'exec("while True: pass")';

describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('interrupts', () => {
  const table = new FaultTable('Interrupt and time');
  let python: TestPython;
  let self: Subject;
  let checkpoint: Checkpoint;

  beforeAll(async () => {
    self = thisProcess();
    python = await TestPython.start({ interruptGrace: GRACE });
    await python.run('pass');
  });
  afterAll(() => python.close());
  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
  });
  afterEach(() => checkpoint.tearDown());

  /** Interrupts code that has come so far, while a neighbour waits for its turn. */
  async function interruptThere(code: Code, tally: Tally): Promise<unknown> {
    const answer = tally.ask(python.execute(code(checkpoint.pass())));
    const neighbour = tally.ask(python.execute('fujian_return = "unharmed"'));
    const { letThrough, past } = await checkpoint.arrival();
    letThrough();
    await past;
    expect(python.service.interrupt()).toBe(true);
    await answer;
    return neighbour;
  }

  it.each(STOPPABLE)('end %s, and nothing else', async (name, code) => {
    const { generation } = python.service;
    const reasons = await table.inject(name, self, async (tally) => {
      expect(await interruptThere(code, tally)).toMatchObject({ return: 'unharmed' });
    });
    expect(reasons).toEqual({ KeyboardInterrupt: 1 });
    expect(python.service.generation).toBe(generation);
  });

  it('end input() that nobody answers', async () => {
    const reasons = await table.inject('input() that is never answered', self, async (tally) => {
      let answer: Promise<unknown> | undefined;
      await new Promise<void>((asked) => {
        const never = new Promise<never>(() => undefined);
        const onInput = () => {
          asked();
          return never;
        };
        answer = tally.ask(python.execute('input("name? ")', { onInput }));
      });
      python.service.interrupt();
      await answer;
      expect(await tally.ask(python.execute('fujian_return = 1'))).toMatchObject({ return: '1' });
    });
    expect(reasons).toEqual({ KeyboardInterrupt: 1 });
  });

  it.each(STUBBORN)('are followed by the kill of %s', async (name, code) => {
    const { generation } = python.service;
    const reasons = await table.inject(name, self, async (tally) => {
      await interruptThere(code, tally);
      expect(await tally.ask(python.execute('fujian_return = 1'))).toMatchObject({ return: '1' });
    });
    const reason = `it did not stop within ${GRACE} ms of an interrupt and was killed`;
    expect(reasons).toEqual({ [reason]: 1, [`not run: ${reason}`]: 1 });
    expect(python.service.generation).toBe(generation + 1);
  });

  it('come by themselves when the time of code is up', async () => {
    const reasons = await table.inject('each of these, with a deadline', self, async (tally) => {
      for (const [, code] of [...STOPPABLE, ...STUBBORN]) {
        await tally.ask(python.execute(code('0'), { timeout: DEADLINE }));
      }
      await tally.ask(python.execute('pass'));
    });
    expect(reasons).toEqual({
      ExecutionTimeoutError: STOPPABLE.length,
      [`it ran longer than the ${DEADLINE} ms that it had, did not stop within ${GRACE} ms of an interrupt and was killed`]:
        STUBBORN.length,
    });
  });

  describe.each([
    ['', 10_000 * SOAK, 0.025, (name: string) => `fujian_return = "${name}"`],
    [
      ', the neighbour has a subprocess',
      500 * SOAK,
      0.25,
      (name: string) =>
        `import subprocess; fujian_return = "${name}" + str(subprocess.run(["true"]).returncode)`,
    ],
  ])('where two executions meet%s', (variant, rounds, step, neighbourOf) => {
    it(
      'hit what they are for, and never its neighbour',
      async () => {
        const { generation } = python.service;
        const wrong: unknown[] = [];
        const suffix = variant === '' ? '' : '0';
        const reasons = await table.inject(
          `${rounds.toLocaleString('en')} interrupts at a boundary${variant}`,
          self,
          async (tally) => {
            for (let round = 0; round < rounds && wrong.length === 0; round++) {
              // By turns it is the first, about to end, and the second, about to begin, which never ends.
              const aimsAtFirst = round % 2 === 0;
              const interrupt = new AbortController();
              const { signal } = interrupt;
              const [first, second] = aimsAtFirst
                ? [
                    tally.ask(python.execute('fujian_return = "target"', { signal })),
                    tally.ask(python.execute(neighbourOf('neighbour'))),
                  ]
                : [
                    tally.ask(python.execute(neighbourOf('neighbour'))),
                    tally.ask(python.execute('while True: pass', { signal })),
                  ];
              await moment(round, step);
              interrupt.abort();
              const [target, neighbour] = aimsAtFirst
                ? [await first, await second]
                : [await second, await first];
              const isHit =
                target instanceof ExecutionAbortedError ||
                ('error' in target && target.error?.type === 'KeyboardInterrupt');
              const hasEnded = aimsAtFirst && 'return' in target && target.return === 'target';
              if (!isHit && !hasEnded) wrong.push(round, target);
              if (!('return' in neighbour) || neighbour.return !== `neighbour${suffix}`) {
                wrong.push(round, neighbour);
              }
            }
          },
          120_000 * SOAK,
        );
        expect(wrong).toEqual([]);
        expect(reasons['KeyboardInterrupt']).toBeGreaterThan(0);
        expect(python.service.generation).toBe(generation);
      },
      180_000 * SOAK,
    );
  });

  it('are late when this process is, and then hit no neighbour and no subprocess of his', async () => {
    const { generation } = python.service;
    const reasons = await table.inject('server stalled after an interrupt', self, async (tally) => {
      for (let round = 0; round < 3; round++) {
        // It hears of its interrupt while nobody here can hear that it has.
        const target = tally.ask(python.execute(`${checkpoint.pass()}; ${SPIN}`));
        const neighbour = tally.ask(
          python.execute(`import subprocess, time
child = subprocess.Popen(["sleep", "0.7"])
fujian_return = child.wait()`),
        );
        const { letThrough, past } = await checkpoint.arrival();
        letThrough();
        await past;
        python.service.interrupt();
        await setImmediate(); // it is sent
        stall(2 * GRACE);
        expect(await target).toMatchObject({ error: { type: 'KeyboardInterrupt' } });
        expect(await neighbour).toMatchObject({ return: '0' });
      }
    });
    expect(reasons).toEqual({ KeyboardInterrupt: 3 });
    expect(python.service.generation).toBe(generation);
  });

  it('have left nothing behind', () => table.total(self));
});

/**
 * From "not even sent" over all that comes until the first has ended.
 *
 * @param step milliseconds by which the moment is later, each time.
 */
async function moment(round: number, step: number): Promise<void> {
  const steps = (round >> 1) % 24;
  if (steps === 0) return;
  await setImmediate();
  stall((steps - 1) * step); // a timer is not as exact
}

/** Nothing happens in this process meanwhile. */
function stall(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}
