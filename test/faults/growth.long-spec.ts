import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAN_LOOK_AT_PROCESSES } from '../support/processes.js';
import { TestPython } from '../support/python.js';
import { requireOrSkip } from '../support/requirement.js';
import { TestService } from '../support/service.js';
import {
  FaultTable,
  SOAK,
  SOAK_HANGS,
  SOAK_TIMEOUT,
  type Subject,
  thisProcess,
} from './fault-table.js';
import { halves } from './halves.js';

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

  const pidOf = async (process: string) =>
    Number(await python.returned(`import os; fujian_return = os.${process}()`));

  it(
    'is none after 10,000 executions',
    async () => {
      const count = 100 * SOAK;
      await table.inject(
        `${(count * 110).toLocaleString('en')} executions`,
        self,
        async (tally) =>
          halves(tally, count, await pidOf('getpid'), () =>
            Promise.all(
              Array.from({ length: 100 }, (_, n) =>
                tally.ask(
                  python.execute(n % 10 === 0 ? `undefined_${n}` : `print(${n}); x = [${n}] * 100`),
                ),
              ),
            ),
          ),
        SOAK_HANGS,
      );
    },
    SOAK_TIMEOUT,
  );

  it(
    'is none after 1,000 deaths',
    async () => {
      const count = 1_000 * SOAK;
      const reasons = await table.inject(
        `${(count * 1.1).toLocaleString('en')} deaths`,
        self,
        async (tally) => {
          await halves(tally, count, await pidOf('getppid'), () =>
            tally.ask(python.execute('import os; print("last words"); os._exit(3)')),
          );
          await tally.ask(python.execute('pass'));
        },
        SOAK_HANGS,
      );
      expect(reasons).toEqual({ 'exit code 3': count * 1.1 });
    },
    SOAK_TIMEOUT,
  );

  it(
    'is none after 1,000 connections',
    async () => {
      const count = 1_000 * SOAK;
      await table.inject(
        `${(count * 1.1).toLocaleString('en')} connections`,
        self,
        async (tally) =>
          halves(tally, count, await pidOf('getpid'), async () => {
            const socket = await service.connect();
            await tally.count(socket.run('fujian_return = 1'), ({ traceback }) => traceback);
            socket.socket.close();
            await socket.closed;
          }),
        SOAK_HANGS,
      );
    },
    SOAK_TIMEOUT,
  );

  it('has left nothing behind', () => table.total(self));
});
