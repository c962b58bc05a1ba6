import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PythonSession } from '../../src/execution/sessions/python-session.js';
import { eventually } from '../support/eventually.js';
import { TestPython, TestSession } from '../support/python.js';
import { requireOrSkip } from '../support/requirement.js';

const FOLDER = '/dev/shm';

const newName = () => `fujian-${randomUUID()}`;
const isThere = (name: string) => existsSync(join(FOLDER, name));

/**
 * Python code that makes shared memory, which a resource tracker removes. Before 3.10 Python goes on
 * while its fork has yet to become the tracker.
 */
const make = (name: string) => `
from multiprocessing import resource_tracker, shared_memory
memory = shared_memory.SharedMemory(create=True, size=100_000_000, name="${name}")
fujian_return = resource_tracker._resource_tracker._pid
argument = bytes([0]) + b"from multiprocessing.resource_tracker "
while argument not in open(f"/proc/{fujian_return}/cmdline", "rb").read(): pass`;

/** The same in a program that the code starts, so that the tracker is not its own. */
const makeInAProgram = (name: string) => `
import subprocess, sys
program = subprocess.Popen([sys.executable, "-c", '''${make(name)}
print(flush=True)
import time; time.sleep(600)'''], stdout=subprocess.PIPE)
program.stdout.readline()`;

/** The same in a program with a process group of its own, which has ended. */
const makeInAnEndedProgram = (name: string) => `
import subprocess, sys
program = subprocess.Popen([sys.executable, "-c", '''${make(name)}
import os
if os.fork() == 0:
    import time; time.sleep(600)
os._exit(0)'''], preexec_fn=__import__("os").setpgrp)
program.wait()`;

/** The same, beside a process in its process group that has to be killed. */
const makeBesideAChild = (name: string) => `${make(name)}
import subprocess
child = subprocess.Popen(["sleep", "600"])
fujian_return = child.pid`;

describe.runIf(requireOrSkip(FOLDER, existsSync(FOLDER))).each(['fork', 'spawn'] as const)(
  'shared memory, where sessions start by %s,',
  (start) => {
    let python: TestPython;
    beforeAll(async () => {
      python = await TestPython.start({ start });
    });
    afterAll(() => python.close());

    const close = ({ id }: PythonSession) => python.service.close(id);

    it.each<[string, (session: PythonSession) => Promise<unknown>]>([
      ['is closed', close],
      ['is restarted', (session) => session.restart()],
      [
        'is killed',
        (session) => session.execute('import os; os.kill(os.getpid(), 9)').catch(() => undefined),
      ],
      [
        'has to be killed',
        async (session) => {
          const running = session.execute('while True: pass').catch(() => undefined);
          await close(session);
          await running;
        },
      ],
    ])('does not outlive a session that %s', async (_, end) => {
      for (const code of [make, makeInAProgram, makeInAnEndedProgram, makeBesideAChild]) {
        const name = newName();
        const session = await python.service.createSession();
        await new TestSession(session).run(code(name));
        expect(isThere(name)).toBe(true);
        await end(session);
        await eventually(() => !isThere(name));
        await close(session).catch(() => undefined);
      }
    });

    it('does not outlive the service, nor does a tracker', async () => {
      const stopped = await TestPython.start({ start, exitGrace: 0 });
      const [name, other] = [newName(), newName()];
      await stopped.run(makeInAnEndedProgram(other));
      const tracker = await stopped.returned(make(name));
      await stopped.close();
      expect([name, other].map(isThere)).toEqual([false, false]);
      expect(existsSync(`/proc/${tracker}`)).toBe(false);
    });

    it('of a session outlives its forks, which may use it', async () => {
      const name = newName();
      const parent = await python.service.createSession();
      await new TestSession(parent).run(make(name));
      const { session: fork } = await python.service.fork(parent.id);
      const own = newName();
      const attach = `
attached = shared_memory.SharedMemory(name="${name}")
attached.buf[0] = 7`;
      await new TestSession(fork).run(`${attach}${make(own)}`);
      await close(fork);
      await parent.execute(`${attach}\nmemory.buf[1] = 8`, { isolated: true });
      await eventually(() => !isThere(own));
      const values = 'fujian_return = list(memory.buf[:2])';
      expect(await new TestSession(parent).returned(values)).toBe('[7, 8]');
      expect(isThere(name)).toBe(true);
      await close(parent);
      await eventually(() => !isThere(name));
    });
  },
);
