import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAN_LOOK_AT_PROCESSES, residentMemoryOf } from '../support/processes.js';
import { TestPython } from '../support/python.js';
import { requireOrSkip } from '../support/requirement.js';
import { TestService } from '../support/service.js';
import { FaultTable, SOAK, type Subject, type Tally, thisProcess } from './fault-table.js';

const MEGABYTE = 1024 * 1024;
/** Bytes by which memory may differ for reasons of its own, such as what the compiler of V8 keeps. */
const NOISE = { node: 3 * MEGABYTE, python: 2 * MEGABYTE };

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('growth', () => {
  const table = new FaultTable('Growth');
  let service: TestService;
  let python: TestPython;
  let self: Subject;

  beforeAll(async () => {
    self = thisProcess();
    python = await TestPython.start({ queueLimit: 100_000 });
    service = await TestService.start();
    await python.run('pass');
    await (await service.openSocket()).run('fujian_return = 1');
  });
  afterAll(() => python.close());
  afterAll(() => service.close());

  /** The second half of the rounds must take no more memory than the first has left. */
  async function halves(
    tally: Tally,
    rounds: number,
    process: string,
    round: (n: number) => Promise<unknown>,
  ): Promise<void> {
    const pid = Number(await python.returned(`import os; fujian_return = ${process}`));
    const memory = () => {
      collectGarbage();
      const { heapUsed, external } = globalThis.process.memoryUsage();
      return { node: heapUsed + external, python: residentMemoryOf(pid) };
    };
    // What is compiled and cached once is so by then.
    for (let n = 0; n < rounds / 10; n++) await round(n);
    const first = memory();
    for (let n = 0; n < rounds / 2; n++) await round(n);
    const second = memory();
    for (let n = 0; n < rounds / 2; n++) await round(n);
    const third = memory();
    const grown = (after: typeof first, before: typeof first) =>
      `${signed(after.node - before.node)} KB of Node, ${signed(after.python - before.python)} KB of Python`;
    tally.note = `${grown(second, first)}, then ${grown(third, second)}`;
    expect(third.node - second.node, tally.note).toBeLessThan(NOISE.node);
    expect(third.python - second.python, tally.note).toBeLessThan(NOISE.python);
  }

  it(
    'is none after 10,000 executions',
    async () => {
      const rounds = 100 * SOAK;
      await table.inject(
        `${(rounds * 110).toLocaleString('en')} executions`,
        self,
        (tally) =>
          halves(tally, rounds, 'os.getpid()', () =>
            Promise.all(
              Array.from({ length: 100 }, (_, n) =>
                tally.ask(
                  python.execute(n % 10 === 0 ? `undefined_${n}` : `print(${n}); x = [${n}] * 100`),
                ),
              ),
            ),
          ),
        120_000 * SOAK,
      );
    },
    180_000 * SOAK,
  );

  it(
    'is none after 1,000 deaths',
    async () => {
      const rounds = 1_000 * SOAK;
      const reasons = await table.inject(
        `${(rounds * 1.1).toLocaleString('en')} deaths`,
        self,
        async (tally) => {
          await halves(tally, rounds, 'os.getppid()', () =>
            tally.ask(python.execute('import os; print("last words"); os._exit(3)')),
          );
          await tally.ask(python.execute('pass'));
        },
        120_000 * SOAK,
      );
      expect(reasons).toEqual({ 'exit code 3': rounds * 1.1 });
    },
    180_000 * SOAK,
  );

  it(
    'is none after 1,000 connections',
    async () => {
      const rounds = 1_000 * SOAK;
      await table.inject(
        `${(rounds * 1.1).toLocaleString('en')} connections`,
        self,
        (tally) =>
          halves(tally, rounds, 'os.getpid()', async () => {
            const socket = await service.connect();
            await tally.count(socket.run('fujian_return = 1'), ({ traceback }) => traceback);
            socket.socket.close();
            await socket.closed;
          }),
        120_000 * SOAK,
      );
    },
    180_000 * SOAK,
  );

  it('has left nothing behind', () => table.total(self));
});

function signed(bytes: number): string {
  const kilobytes = Math.round(bytes / 1024);
  return kilobytes > 0 ? `+${kilobytes}` : String(kilobytes);
}
