import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { begin, clearUpLaunches, launch } from '../process/launches.js';
import type { ServiceProcess } from '../process/service-process.js';
import { Checkpoint } from '../support/checkpoint.js';
import { CAN_LOOK_AT_PROCESSES } from '../support/processes.js';
import { requireOrSkip } from '../support/requirement.js';
import { FaultTable } from './fault-table.js';

/** Milliseconds. */
const GONE_BY_THEN = 500;

/** Five processes that have left their parents, sessions and process groups, as daemons do. */
const DAEMONS = `
import os
for _ in range(5):
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
            os.closerange(0, 3)
            os.execvp("sleep", ["sleep", "600"])  # closes the pipe
        os._exit(0)
    os.wait()
    os.close(write)
    os.read(read, 1)
    os.close(read)
`;

describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('leftovers', () => {
  const table = new FaultTable('Leftovers');
  clearUpLaunches();
  const directory = mkdtempSync(join(tmpdir(), 'fujian-leftovers-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  let checkpoint: Checkpoint | undefined;
  afterEach(() => checkpoint?.tearDown());

  it.each([
    ['idle', false],
    ['while code runs that ignores every signal', true],
  ])('of a server that is killed with daemons, %s, are gone at once', async (when, isBusy) => {
    checkpoint = await Checkpoint.build();
    const pass = checkpoint.pass();
    const service = await launch();
    await table.inject(`server SIGKILLed, 5 daemons, ${when}`, service, async (tally) => {
      await tally.count(service.run(DAEMONS), () => undefined);
      expect(service.processes().filter((one) => one.includes('sleep 600'))).toHaveLength(5);
      if (isBusy) {
        // Nobody is left to answer this one.
        const lost = service
          .run(
            `import signal
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
${pass}
while True: pass`,
          )
          .then(
            () => false,
            () => true,
          );
        (await checkpoint!.arrival()).letThrough();
        tally.note = await timeToEnd(service);
        expect(await lost).toBe(true);
      } else {
        tally.note = await timeToEnd(service);
      }
    });
  });

  it('in the directory for temporary files are swept by the next server', async () => {
    const settings = { TMPDIR: mkdtempSync(join(directory, 'tmp-')) };
    const runtimes = () => readdirSync(settings.TMPDIR);
    const killed = await launch({ settings });
    const neighbour = await launch({ settings });
    await table.inject('runtime directory of a killed server', neighbour, async (tally) => {
      await killed.stop('SIGKILL');
      await killed.gone();
      expect(runtimes()).toHaveLength(2);
      const next = begin({ settings });
      await next.ready();
      // Its own is there, and that of the neighbour, who is not disturbed.
      expect(runtimes()).toHaveLength(2);
      expect(await tally.count(next.run('fujian_return = 1'), () => undefined)).toBe('1');
      expect(await next.stop()).toEqual({ code: 0, signal: null });
      expect(runtimes()).toHaveLength(1);
    });
    expect(await neighbour.run('fujian_return = "unharmed"')).toBe('unharmed');
    expect(await neighbour.stop()).toEqual({ code: 0, signal: null });
    expect(runtimes()).toEqual([]);
  });
});

/** Kills the server; answers how long it took until no process was left. */
async function timeToEnd(service: ServiceProcess): Promise<string> {
  const began = performance.now();
  service.signal('SIGKILL');
  while (service.processes().length > 0 && performance.now() - began < 10 * GONE_BY_THEN) {
    await sleep(1);
  }
  const took = performance.now() - began;
  expect(service.processes()).toEqual([]);
  expect(took).toBeLessThan(GONE_BY_THEN);
  return `all gone after ${Math.ceil(took)} ms`;
}
