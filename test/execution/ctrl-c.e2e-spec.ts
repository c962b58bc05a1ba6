import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ExecutionResult } from '../../src/execution/execution.js';
import type { PythonSession } from '../../src/execution/sessions/python-session.js';
import { Checkpoint } from '../support/checkpoint.js';
import { eventually } from '../support/eventually.js';
import { TestPython, TestSession } from '../support/python.js';
import { pythons } from '../support/pythons.js';

const IMPORTS = 'import _thread, asyncio, os, signal, subprocess, threading, time';

describe.each(pythons())('Ctrl-C in Python $version', ({ path }) => {
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
    await own.run(`${IMPORTS}\nkept = 1`);
  });
  afterEach(async () => {
    checkpoint.tearDown();
    expect(await own.returned('fujian_return = kept')).toBe('1');
    expect(session.generation).toBe(1);
    await python.service.close(session.id);
  });

  /** Interrupts code that is past its checkpoint. */
  const interrupted = async (code: string, interactive = false): Promise<ExecutionResult> => {
    const running = session.execute(code, { interactive });
    const { letThrough, past } = await checkpoint.arrival();
    letThrough();
    await past;
    expect(session.interrupt()).toBe(true);
    return running;
  };

  describe('that the service did not press', () => {
    it.each([
      ['signal.raise_signal()', 'signal.raise_signal(signal.SIGINT)'],
      ['os.kill()', 'os.kill(os.getpid(), signal.SIGINT)'],
      ['_thread.interrupt_main()', '_thread.interrupt_main()'],
      ['a subprocess', 'subprocess.Popen(["sh", "-c", "kill -INT $PPID"])'],
      ['a watchdog', 'threading.Timer(0.01, _thread.interrupt_main).start()'],
      ['a group', 'os.killpg(0, signal.SIGINT)'],
      ['the default handler', 'signal.default_int_handler(2, None)'],
    ])('is a KeyboardInterrupt: %s', async (_, press) => {
      for (const interactive of [false, true]) {
        const code = `${press}\nwhile True: time.sleep(0.01)`;
        expect((await session.execute(code, { interactive })).error?.type).toBe(
          'KeyboardInterrupt',
        );
      }
      const caught = `try:
  ${press}
  while True: time.sleep(0.01)
except KeyboardInterrupt: fujian_return = "caught"`;
      expect(await own.returned(caught)).toBe('caught');
    });

    it.each([
      ['asyncio.run()', 'asyncio.run(main())', false],
      ['a cell that awaits', 'await main()', true],
    ])('ends %s, which cleans up', async (_, run, interactive) => {
      const { error, stdout } = await session.execute(
        `async def main():
    asyncio.get_running_loop().call_later(0.01, _thread.interrupt_main)
    try: await asyncio.sleep(1000)
    finally: print("cleaned up")
${run}`,
        { interactive },
      );
      expect([error?.type, stdout]).toEqual(['KeyboardInterrupt', 'cleaned up\n']);
    });

    it('ends the methods of a result', async () => {
      const { error } = await session.execute(`class Slow:
    def __str__(self):
        _thread.interrupt_main()
        time.sleep(1000)
fujian_return = Slow()`);
      expect(error?.type).toBe('KeyboardInterrupt');
    });

    it('is reported, and does no harm, while nothing runs', async () => {
      process.kill(Number(await own.returned('fujian_return = os.getpid()')), 'SIGINT');
      let text = '';
      await eventually(async () => {
        const { stderr, error } = await session.execute('pass');
        text += stderr + (error?.traceback ?? '');
        return text !== '';
      });
      expect(text).toBe('KeyboardInterrupt\n');
    });

    it('ends the code of a fork, and of a child of the code', async () => {
      const { session: fork } = await python.service.fork(session.id);
      const { error } = await fork.execute('_thread.interrupt_main()\ntime.sleep(1000)');
      expect(error?.type).toBe('KeyboardInterrupt');
      await python.service.close(fork.id);
      const status = await own.returned(`pid = os.fork()
if not pid:
    try:
        is_default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        _thread.interrupt_main()
        time.sleep(1000)
    except KeyboardInterrupt: os._exit(7 if is_default else 8)
fujian_return = os.waitpid(pid, 0)[1] >> 8`);
      expect(status).toBe('7');
    });
  });

  it('has the default handler of Python', async () => {
    expect(
      await own.returned(
        `handler = signal.getsignal(signal.SIGINT)
fujian_return = handler is signal.default_int_handler, handler, handler.__name__`,
      ),
    ).toBe("(True, <built-in function default_int_handler>, 'default_int_handler')");
  });

  it('keeps a handler of the code, like that of any signal, from one execution to the next', async () => {
    await own.run(`heard = []
def handler(number, frame): heard.append(number)
for one in (signal.SIGINT, signal.SIGTERM): signal.signal(one, handler)`);
    await own.run('for one in (signal.SIGINT, signal.SIGTERM): signal.raise_signal(one)');
    await interrupted(`${checkpoint.pass()}\nwhile len(heard) < 3: time.sleep(0.01)`);
    expect(await own.returned('fujian_return = [*map(int, heard)]')).toBe('[2, 15, 2]');
  });

  describe('of the service', () => {
    it('cancels the main task of asyncio.run(), which cleans up and may go on', async () => {
      const { error, stdout } = await interrupted(`async def main():
    try:
        ${checkpoint.pass()}
        await asyncio.sleep(1000)
    finally:
        await asyncio.sleep(0)
        print("cleaned up")
asyncio.run(main())`);
      expect([error?.type, stdout]).toEqual(['KeyboardInterrupt', 'cleaned up\n']);
    });

    it('calls the handler of an event loop', async () => {
      const { error, return: returned } = await interrupted(`async def main():
    pressed = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, pressed.set)
    ${checkpoint.pass()}
    await pressed.wait()
    return "gracefully"
fujian_return = asyncio.run(main())`);
      expect([error, returned]).toEqual([undefined, 'gracefully']);
    });

    it('ends code that has chosen the default action, and not the interpreter', async () => {
      const { error } = await interrupted(
        `signal.signal(signal.SIGINT, signal.SIG_DFL)\n${checkpoint.pass()}\nwhile True: pass`,
      );
      expect(error?.type).toBe('KeyboardInterrupt');
    });

    it('calls a handler in C, also of C code that does not return', async () => {
      const { error, return: returned } = await interrupted(`import ctypes
@ctypes.CFUNCTYPE(None, ctypes.c_int)
def handler(number): pressed.append(number)
pressed = []
ctypes.CDLL(None).signal(2, handler)
${checkpoint.pass()}
while not pressed: time.sleep(0.01)
fujian_return = pressed`);
      expect([error, returned]).toEqual([undefined, '[2]']);
      const stuck = await interrupted(`signal.pthread_sigmask(signal.SIG_BLOCK, {2})
${checkpoint.pass()}
signal.sigwait({2})`);
      expect(stuck.error?.type).toBe('KeyboardInterrupt');
    });
  });
});
