import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { FujianError } from '../../src/errors/fujian-error.js';
import type { PythonSession } from '../../src/execution/sessions/python-session.js';
import { clearUpLaunches, launch } from '../process/launches.js';
import { Checkpoint } from '../support/checkpoint.js';
import { CAN_LOOK_AT_PROCESSES } from '../support/processes.js';
import { TestPython } from '../support/python.js';
import { requireOrSkip } from '../support/requirement.js';
import { DAEMONS, timeToEnd } from './daemons.js';
import {
  FaultTable,
  rounds,
  SOAK_HANGS,
  SOAK_TIMEOUT,
  type Subject,
  type Tally,
  thisProcess,
} from './fault-table.js';
import { halves } from './halves.js';

const MOST = 400;

describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('sessions', () => {
  const table = new FaultTable('Sessions');
  const directory = mkdtempSync(join(tmpdir(), 'many-'));
  let python: TestPython;
  let self: Subject;
  let checkpoint: Checkpoint;

  beforeAll(async () => {
    self = thisProcess();
    vi.stubEnv('TMPDIR', directory);
    python = await TestPython.start({ maxSessions: MOST, queueLimit: 10_000 });
    await python.run('pass');
    await python.service.close((await python.service.createSession()).id);
  });
  afterAll(async () => {
    await python.close();
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true });
  });
  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
  });
  afterEach(() => checkpoint.tearDown());

  const supervisor = async () =>
    Number(await python.returned('import os; fujian_return = os.getppid()'));

  /** Counts the creation or fork of a session. */
  function made(tally: Tally, making: Promise<PythonSession>): Promise<PythonSession> {
    return tally.count(making, () => undefined);
  }

  /** Closes all sessions except `main`, and with them their temporary files. */
  async function closeAll(): Promise<void> {
    const [, ...others] = python.service.sessions();
    await Promise.all(others.map(({ id }) => python.service.close(id)));
    const [runtime] = readdirSync(directory);
    expect(readdirSync(join(directory, runtime!))).toEqual(['channel']);
    expect(python.service.sessions()).toHaveLength(1);
  }

  it('created at once are all usable, and closed at once leave nothing', async () => {
    const length = rounds(50, 200);
    await table.inject(`${length} created, used and closed at once`, self, async (tally) => {
      const sessions = await Promise.all(
        Array.from({ length }, () => made(tally, python.service.createSession())),
      );
      const answers = sessions.map((session, n) =>
        tally.ask(session.execute(`mine = ${n}; fujian_return = mine`)),
      );
      expect(await Promise.all(answers)).toMatchObject(
        sessions.map((_, n) => ({ return: String(n) })),
      );
      await closeAll();
    });
  });

  it(
    'created and closed one after another leave nothing',
    async () => {
      const count = rounds(20, 1_000);
      await table.inject(
        `${(count * 1.1).toLocaleString('en')} created and closed one after another`,
        self,
        async (tally) => {
          await halves(tally, count, await supervisor(), async () => {
            const session = await made(tally, python.service.createSession());
            await tally.ask(session.execute('print("used")'));
            await python.service.close(session.id);
          });
          await closeAll();
        },
        SOAK_HANGS,
      );
    },
    SOAK_TIMEOUT,
  );

  it(
    'forked from a live one have its state, and leave nothing',
    async () => {
      await python.run('data = list(range(100_000))');
      const count = rounds(10, 100);
      await table.inject(
        `${(count * 11).toLocaleString('en')} forks of a live session, ten at once`,
        self,
        async (tally) => {
          await halves(tally, count, await supervisor(), () =>
            Promise.all(
              Array.from({ length: 10 }, async () => {
                const forking = python.service.fork('main').then(({ session }) => session);
                const session = await made(tally, forking);
                const read = await tally.ask(session.execute('fujian_return = len(data)'));
                expect(read).toMatchObject({ return: '100000' });
                await python.service.close(session.id);
              }),
            ),
          );
          await closeAll();
        },
        SOAK_HANGS,
      );
    },
    SOAK_TIMEOUT,
  );

  it(
    'read in isolation are not changed, also if a tenth dies of it',
    async () => {
      await python.run('count = 0');
      const count = rounds(10, 50);
      const reasons = await table.inject(
        `${(count * 22).toLocaleString('en')} isolated executions, a tenth of them deadly`,
        self,
        async (tally) => {
          await halves(tally, count, await supervisor(), () =>
            Promise.all(
              Array.from({ length: 20 }, (_, n) => {
                const dies = n % 10 === 0 ? 'import os; os._exit(3)' : 'print(count)';
                return tally.ask(python.execute(`count += 1; ${dies}`, { isolated: true }));
              }),
            ),
          );
          expect(await tally.ask(python.execute('fujian_return = count'))).toMatchObject({
            return: '0',
          });
        },
        SOAK_HANGS,
      );
      expect(reasons).toEqual({ 'exit code 3': (count * 22) / 10 });
      expect(python.service.generation).toBe(1);
    },
    SOAK_TIMEOUT,
  );

  it('under load, as their supervisor is killed, are all answered for', async () => {
    const reasons = await table.inject(
      'supervisor killed under load, 20 sessions, 20 forks, some being made',
      self,
      async (tally) => {
        const created = Array.from({ length: 20 }, () => python.service.createSession());
        const forked = Array.from({ length: 20 }, () => python.service.fork('main'));
        const sessions = [
          ...(await Promise.all(created)),
          ...(await Promise.all(forked)).map(({ session }) => session),
        ];
        const pid = await supervisor();
        const asked: Promise<unknown>[] = [];
        for (const session of sessions) {
          asked.push(tally.ask(session.execute(`import time; ${checkpoint.pass()}`)));
          for (let n = 0; n < 5; n++) asked.push(tally.ask(session.execute('pass')));
          asked.push(tally.ask(session.execute('pass', { isolated: true })));
        }
        for (let n = 0; n < 10; n++) {
          asked.push(tally.ask(python.execute('pass', { isolated: true })));
          asked.push(tally.count(outcomeOf(python.service.fork('main')), reasonOf));
          asked.push(tally.count(outcomeOf(python.service.createSession()), reasonOf));
        }
        for (const _ of sessions) await checkpoint.arrival();
        process.kill(pid, 'SIGKILL');
        await Promise.all(asked);
        for (const session of sessions) {
          expect(await tally.ask(session.execute('fujian_return = 1'))).toMatchObject({
            return: '1',
          });
        }
        await closeAll();
      },
    );
    // The forty that wait at the checkpoint, and the isolated executions of that moment.
    expect(reasons['its supervisor process ended (killed by SIGKILL)']).toBeGreaterThanOrEqual(40);
    expect(reasons['not run: its supervisor process ended (killed by SIGKILL)']).toBe(200);
  });

  it('have left nothing behind', () => table.total(self));
});

describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('sessions', () => {
  const table = new FaultTable('Sessions of a server that is killed');
  clearUpLaunches();

  it('of a server that is killed, with the daemons of their forks, are gone at once', async () => {
    const service = await launch();
    const reasons = await table.inject(
      'server SIGKILLed, 10 forks, 25 daemons',
      service,
      async (tally) => {
        await tally.count(service.run('data = 1'), () => undefined);
        const post = (path: string, body: string) =>
          tally.count(
            fetch(new URL(path, service.url), {
              method: 'POST',
              body,
              headers: { Origin: 'http://localhost' },
            }),
            ({ status }) => (status === 200 ? undefined : String(status)),
          );
        const forks = Array.from({ length: 10 }, (_, n) => `fork-${n}`);
        await Promise.all(forks.map((id) => post('/contexts/main/fork', JSON.stringify({ id }))));
        await Promise.all(forks.slice(5).map((id) => post(`/contexts/${id}/exec`, DAEMONS)));
        expect(service.processes().filter((one) => one.includes('sleep 600'))).toHaveLength(25);
        tally.note = await timeToEnd(service);
      },
    );
    expect(reasons).toEqual({});
  });
});

/** Returns the outcome of a request for a session; rethrows errors that are not a FujianError. */
function outcomeOf(asked: Promise<unknown>): Promise<unknown> {
  return asked.catch((error: unknown) => {
    if (error instanceof FujianError) return error;
    throw error;
  });
}

function reasonOf(outcome: unknown): string | undefined {
  return outcome instanceof FujianError ? outcome.message : undefined;
}
