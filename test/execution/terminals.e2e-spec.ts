import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PythonSession } from '../../src/execution/sessions/python-session.js';
import { TestPython, TestSession } from '../support/python.js';
import { requireOrSkip } from '../support/requirement.js';

/** Python code that opens a terminal and closes it. Returns whether it was the controlling one. */
const OPEN_A_TERMINAL = `
import os
leader, follower = os.openpty()
opened = os.open(os.ttyname(follower), os.O_RDWR)
try:
    os.close(os.open("/dev/tty", os.O_RDWR))
    fujian_return = True
except OSError:
    fujian_return = False
for descriptor in (follower, opened, leader):  # the end of the leader hangs up
    os.close(descriptor)
`;

describe
  .runIf(requireOrSkip('/dev/ptmx', existsSync('/dev/ptmx')))
  .each(['fork', 'spawn'] as const)(
  'like a program under a shell, a session that starts by %s',
  (start) => {
    let python: TestPython;
    beforeAll(async () => {
      python = await TestPython.start({ start });
    });
    afterAll(() => python.close());

    async function behavesAsUnderAShell(session: Pick<PythonSession, 'execute'>): Promise<void> {
      const tested = new TestSession(session);
      expect(await tested.returned(OPEN_A_TERMINAL)).toBe('False');
      await tested.run('os.setpgrp()');
      const leads = 'fujian_return = os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid()';
      expect(await tested.returned(leads)).toBe('(True, False)');
    }

    it('may open terminals, and lead its process group', async () => {
      await behavesAsUnderAShell(python);
      expect(python.service.generation).toBe(1);
    });

    it('is so as a fork, too', async () => {
      const { session } = await python.service.fork('main');
      await behavesAsUnderAShell(session);
      expect(session.generation).toBe(1);
      await python.service.close(session.id);
    });

    it('has a process session that no other has', async () => {
      const other = await python.service.createSession();
      const { session: fork } = await python.service.fork('main');
      const ids = await Promise.all(
        [python, new TestSession(other), new TestSession(fork)].map((one) =>
          one.returned('import os; fujian_return = os.getsid(0)'),
        ),
      );
      expect(new Set(ids).size).toBe(3);
    });
  },
);
