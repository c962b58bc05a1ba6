import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExecutionAbortedError } from '../../src/errors/execution-errors.js';
import { Checkpoint } from '../support/checkpoint.js';
import { CAN_LOOK_AT_PROCESSES } from '../support/processes.js';
import { TestPython } from '../support/python.js';
import { requireOrSkip } from '../support/requirement.js';
import { StoppedTimers } from '../support/stopped-timers.js';
import { type Code, stubborn } from '../support/stubborn.js';
import {
  FaultTable,
  rounds,
  SOAK_HANGS,
  SOAK_TIMEOUT,
  type Subject,
  type Tally,
  thisProcess,
} from './fault-table.js';

/** Milliseconds; short, for code that does not stop, or has stopped already. */
const GRACE = 300;
/** Milliseconds, of which nothing is waited. */
const DEADLINE = 60_000;

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
    // The subprocess reports its start: Python loses an interrupt between fork and exec.
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

const STUBBORN: readonly (readonly [string, Code])[] = [
  ['nested try: except BaseException', stubborn('while True: int()')],
  ['a loop in C', stubborn('hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)')],
  ['SIGSTOP', stubborn('os.kill(os.getpid(), signal.SIGSTOP)')],
];

const SPIN = 'exec("while True: pass")';

describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('interrupts', () => {
  const table = new FaultTable('Interrupt and time');
  const directory = mkdtempSync(join(tmpdir(), 'fujian-interrupts-'));
  let python: TestPython;
  /** A Python with a short grace, which soon kills code that does not stop. */
  let impatient: TestPython;
  let self: Subject;
  let checkpoint: Checkpoint;

  beforeAll(async () => {
    self = thisProcess();
    python = await TestPython.start();
    impatient = await TestPython.start({ interruptGrace: GRACE });
    for (const { service } of [python, impatient]) {
      await service.execute('pass');
      await service.close((await service.createSession()).id);
    }
  });
  afterAll(() => Promise.all([python.close(), impatient.close()]));
  afterAll(() => rmSync(directory, { recursive: true }));
  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
  });
  afterEach(() => checkpoint.tearDown());

  /** Interrupts code at the checkpoint while another execution waits for its turn. */
  async function interruptThere(of: TestPython, code: Code, tally: Tally): Promise<unknown> {
    const answer = tally.ask(of.execute(code(checkpoint.pass())));
    const neighbour = tally.ask(of.execute('fujian_return = "unharmed"'));
    await passed();
    expect(of.service.interrupt()).toBe(true);
    await answer;
    return neighbour;
  }

  /** Lets the deadline of code expire at the checkpoint. */
  async function timeIsUpThere(of: TestPython, code: Code, tally: Tally): Promise<void> {
    const timers = new StoppedTimers();
    const answer = tally.ask(of.execute(code(checkpoint.pass()), { timeout: DEADLINE }));
    await passed();
    timers.end(DEADLINE);
    await answer;
  }

  /** Waits until code is past the checkpoint. */
  async function passed(): Promise<void> {
    const { letThrough, past } = await checkpoint.arrival();
    letThrough();
    await past;
  }

  it.each(STOPPABLE)('end %s, and nothing else', async (name, code) => {
    const { generation } = python.service;
    const reasons = await table.inject(name, self, async (tally) => {
      expect(await interruptThere(python, code, tally)).toMatchObject({ return: 'unharmed' });
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
    const { generation } = impatient.service;
    const reasons = await table.inject(name, self, async (tally) => {
      await interruptThere(impatient, code, tally);
      expect(await tally.ask(impatient.execute('fujian_return = 1'))).toMatchObject({
        return: '1',
      });
    });
    const reason = `it did not stop within ${GRACE} ms of an interrupt and was killed`;
    expect(reasons).toEqual({ [reason]: 1, [`not run: ${reason}`]: 1 });
    expect(impatient.service.generation).toBe(generation + 1);
  });

  it('come by themselves when the time of code is up', async () => {
    const reasons = await table.inject('each of these, with a deadline', self, async (tally) => {
      for (const [, code] of STOPPABLE) await timeIsUpThere(python, code, tally);
      for (const [, code] of STUBBORN) await timeIsUpThere(impatient, code, tally);
      await tally.ask(impatient.execute('pass')); // the next interpreter is there
    });
    expect(reasons).toEqual({
      ExecutionTimeoutError: STOPPABLE.length,
      [`it ran longer than the ${DEADLINE} ms that it had, did not stop within ${GRACE} ms of an interrupt and was killed`]:
        STUBBORN.length,
    });
  });

  describe.each([
    ['', rounds(240, 10_000), 0.025, (name: string) => `fujian_return = "${name}"`],
    [
      ', the neighbour has a subprocess',
      rounds(48, 500),
      0.25,
      (name: string) =>
        `import subprocess; fujian_return = "${name}" + str(subprocess.run(["true"]).returncode)`,
    ],
  ])('where two executions meet%s', (variant, count, step, neighbourOf) => {
    it(
      'hit what they are for, and never its neighbour',
      async () => {
        const { generation } = python.service;
        const wrong: unknown[] = [];
        const suffix = variant === '' ? '' : '0';
        const reasons = await table.inject(
          `${count.toLocaleString('en')} interrupts at a boundary${variant}`,
          self,
          async (tally) => {
            for (let round = 0; round < count && wrong.length === 0; round++) {
              // Interrupts alternate between the first, about to end, and the endless second, about to begin.
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
              // The last moment: the first has ended, so that the second is under way for certain.
              if (!aimsAtFirst && stepOf(round) === STEPS - 1) await first;
              else await moment(stepOf(round), step);
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
          SOAK_HANGS,
        );
        expect(wrong).toEqual([]);
        expect(reasons['KeyboardInterrupt']).toBeGreaterThan(0);
        expect(python.service.generation).toBe(generation);
      },
      SOAK_TIMEOUT,
    );
  });

  it('are late when this process is, and then hit neither the next execution nor its subprocess', async () => {
    const { generation } = impatient.service;
    const reasons = await table.inject('server stalled after an interrupt', self, async (tally) => {
      for (let round = 0; round < 3; round++) {
        // The session receives its interrupt while this process cannot receive the acknowledgement.
        const target = tally.ask(impatient.execute(`${checkpoint.pass()}; ${SPIN}`));
        const begun = join(directory, `begun-${round}`);
        const neighbour = tally.ask(
          impatient.execute(`import subprocess
child = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
open(${JSON.stringify(begun)}, "w").close()
${checkpoint.pass()}
child.stdin.close()
fujian_return = child.wait()`),
        );
        await passed();
        impatient.service.interrupt();
        await setImmediate(); // it is sent
        stall(GRACE + 10); // it is time for the kill
        stallUntil(() => existsSync(begun));
        expect(await target).toMatchObject({ error: { type: 'KeyboardInterrupt' } });
        (await checkpoint.arrival()).letThrough();
        expect(await neighbour).toMatchObject({ return: '0' });
      }
    });
    expect(reasons).toEqual({ KeyboardInterrupt: 3 });
    expect(impatient.service.generation).toBe(generation);
  });

  it('have left nothing behind', () => table.total(self));
});

const STEPS = 24;

/** Returns the step of a round: each step occurs for both executions. */
function stepOf(round: number): number {
  return (round >> 1) % STEPS;
}

/**
 * From "not even sent" over all that comes until the first has ended.
 *
 * @param length of a step, in milliseconds.
 */
async function moment(step: number, length: number): Promise<void> {
  if (step === 0) return;
  await setImmediate();
  stall((step - 1) * length); // a timer is not as exact
}

/** Blocks this process. */
function stall(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** Blocks this process, and even the timeout of a hanging test. */
function stallUntil(condition: () => boolean): void {
  const hangs = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > hangs) throw new Error('it does not become so');
  }
}
