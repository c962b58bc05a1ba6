import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { begin, clearUpLaunches, launch } from '../process/launches.js';
import { Checkpoint } from '../support/checkpoint.js';
import { CAN_LOOK_AT_PROCESSES } from '../support/processes.js';
import { requireOrSkip } from '../support/requirement.js';
import { DAEMONS, timeToEnd } from './daemons.js';
import { FaultTable } from './fault-table.js';

describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('leftovers', () => {
  const table = new FaultTable('Leftovers');
  clearUpLaunches();
  // Short, as the length of a socket path is limited.
  const directory = mkdtempSync(join(tmpdir(), 'left-'));
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
        // This request has no answer, as the server is dead.
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
    const settings = { TMPDIR: mkdtempSync(join(directory, '-')) };
    const runtimes = () => readdirSync(settings.TMPDIR);
    const killed = await launch({ settings });
    const neighbour = await launch({ settings });
    await table.inject('runtime directory of a killed server', neighbour, async (tally) => {
      await killed.stop('SIGKILL');
      await killed.gone();
      expect(runtimes()).toHaveLength(2);
      const next = begin({ settings });
      await next.ready();
      // The server's own directory exists, and so does that of the other server.
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
