import { lastValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PythonSession } from '../../src/execution/sessions/python-session.js';
import { type Arrival, Checkpoint } from '../support/checkpoint.js';
import { eventually } from '../support/eventually.js';
import { times } from '../support/property.js';
import { TestPython, TestSession } from '../support/python.js';
import { pythons } from '../support/pythons.js';

/** Raises an exception in the main thread, from another one, once or again and again. */
const FROM_ANOTHER_THREAD = `
import ctypes, threading, time
class Late(Exception): pass
main = threading.get_ident()
def strike():
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(main), ctypes.py_object(Late))
`;

describe.each(pythons())('exceptions that arrive late, in Python $version', ({ path }) => {
  let python: TestPython;
  let checkpoint: Checkpoint;
  let session: PythonSession;
  let own: TestSession;

  beforeAll(async () => {
    python = await TestPython.start({ python: path });
  });
  afterAll(() => python.close());

  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
    session = await python.service.createSession();
    own = new TestSession(session);
    await own.run('kept = 1');
  });
  afterEach(async () => {
    checkpoint.tearDown();
    await python.service.close(session.id);
  });

  /** Returns what the session printed to stderr since the last execution; its state is still there. */
  const reported = async (): Promise<string> => {
    const { return: kept, stderr } = await own.run('fujian_return = kept');
    expect([kept, session.generation]).toEqual(['1', 1]);
    expect(stderr).not.toContain('_fujian');
    return stderr;
  };

  describe('in an idle session', () => {
    /** Python code that evaluates an expression in a thread, once the test lets it. */
    const later = (expression: string): string =>
      `threading.Thread(target=lambda: (${checkpoint.pass()}, ${expression})).start()`;

    const ALARM = 'signal.pthread_kill(threading.main_thread().ident, signal.SIGALRM)';

    /** Runs code, and returns when its signal handler has come to the checkpoint after it. */
    const signalled = async (code: string): Promise<Arrival> => {
      await own.run(`import signal, subprocess, threading, time\n${code}`);
      (await checkpoint.arrival()).letThrough();
      return checkpoint.arrival();
    };

    const handled = async (code: string): Promise<void> => {
      const { letThrough, past } = await signalled(code);
      letThrough();
      await past;
    };

    it.each([
      ['1 / 0', 'ZeroDivisionError: division by zero\n'],
      ['raise TimeoutError("late")', 'TimeoutError: late\n'],
      ['raise KeyboardInterrupt', 'KeyboardInterrupt\n'],
      ['exit(3)', 'SystemExit: 3\n'],
    ])('%s of a signal handler is reported, and the state stays', async (statement, last) => {
      await handled(`def handler(number, frame):
    ${checkpoint.pass()}
    ${statement}
signal.signal(signal.SIGALRM, handler)
${later(ALARM)}`);
      const text = await reported();
      expect(text).toMatch(
        /^Traceback \(most recent call last\):\n {2}File ".*", line 4, in handler\n/,
      );
      expect(text.endsWith(last)).toBe(true);
    });

    it('those of a handler for the end of a subprocess do too', async () => {
      await handled(`def handler(number, frame):
    ${checkpoint.pass()}
    raise LookupError('child')
signal.signal(signal.SIGCHLD, handler)
child = subprocess.Popen(['cat'], stdin=subprocess.PIPE)
${later('child.stdin.close()')}`);
      expect(await reported()).toContain('LookupError: child\n');
    });

    it('do so again and again, while requests are answered', async () => {
      await session.execute(`import signal
def handler(number, frame):
    raise LookupError('again')
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)`);
      let count = 0;
      await eventually(async () => {
        const { stderr } = await session.execute('pass');
        count += stderr.split('LookupError: again').length - 1;
        return count > 20;
      });
      const stop = 'signal.setitimer(signal.ITIMER_REAL, 0)';
      await eventually(async () => !(await session.execute(stop)).error);
      await reported();
    });

    it('that another thread raises is reported', async () => {
      await own.run(`${FROM_ANOTHER_THREAD}\n${later('strike()')}`);
      const { letThrough } = await checkpoint.arrival();
      letThrough();
      let text = '';
      await eventually(async () => {
        const { stderr, error } = await session.execute('pass');
        text += stderr + (error?.traceback ?? '');
        return text.includes('Late');
      });
      await reported();
    });

    it('end a handler that delays an interrupted execution', async () => {
      const { letThrough } = await signalled(`def handler(number, frame):
    ${checkpoint.pass()}
    time.sleep(1000)
signal.signal(signal.SIGALRM, handler)
${later(ALARM)}`);
      const interrupted = session.execute('pass', { timeout: 50 });
      letThrough();
      const { error, stderr } = await interrupted;
      expect(error?.type).toBe('ExecutionTimeoutError');
      expect(stderr).toContain('KeyboardInterrupt\n');
      await reported();
    });
  });

  it.each([
    [
      'signals',
      `import signal
def handler(number, frame): raise TimeoutError
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.0007, 0.0007)`,
    ],
    [
      'another thread',
      `${FROM_ANOTHER_THREAD}
def again():
    while True:
        time.sleep(0.0005)
        strike()
threading.Thread(target=again, daemon=True).start()`,
    ],
  ])('by %s at any moment break nothing but the code that they strike', async (_, storm) => {
    await session.execute(storm);
    for (let round = 0; round < times(15, 1000); round++) {
      const outcomes = await Promise.allSettled([
        session.execute('fujian_return = kept'),
        session.execute('print("x" * 100)'),
        lastValueFrom(session.stream('display(kept); kept', { interactive: true })),
        session.evaluate('kept'),
        session.evaluate('[kept, b"x" * 200_000]'),
        session.execute('1 / 0'),
        session.execute('for number in range(2000): pass'),
      ]);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected')
          expect(outcome.reason).toMatchObject({ type: expect.any(String) });
      }
      expect(session.generation).toBe(1);
    }
    expect(
      await eventually(async () => (await session.execute('fujian_return = kept')).return === '1'),
    ).toBe(true);
  });
});
