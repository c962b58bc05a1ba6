import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ExecuteOptions } from '../../src/execution/execution.js';
import type { PythonSession } from '../../src/execution/sessions/python-session.js';
import { eventually } from '../support/eventually.js';
import { TestPython } from '../support/python.js';

/** Starts a thread that Python does not know, as a library of Rust would. */
const NATIVE_THREAD = `
import ctypes
_libc = ctypes.CDLL(None)
_thread = ctypes.c_ulong()
_libc.pthread_create(ctypes.byref(_thread), None, _libc.pause, None)
_libc.pthread_setname_np(_thread, b"rayon-worker-3")
`;
const PYTHON_THREAD = `
import threading, time
threading.Thread(target=time.sleep, args=(1000,), name="worker", daemon=True).start()
`;
/** Answers from a thread once the loop of the main thread sleeps, so that it has to be woken. */
const WAKES = `
import asyncio, sys, threading, time
def wakes():
    main = threading.main_thread().ident
    while sys._current_frames()[main].f_code.co_name != "select": time.sleep(0.001)
    return "awake"
`;
const WAKE = 'await asyncio.wait_for(asyncio.to_thread(wakes), 60)';

async function value(session: PythonSession, code: string, options: ExecuteOptions = {}) {
  const { shown = [], error } = await session.execute(code, { interactive: true, ...options });
  if (error) throw new Error(error.traceback);
  const last = shown.at(-1);
  return last && 'data' in last ? last.data['text/plain'] : undefined;
}

/** Accepts one connection and collects what it sends. */
async function listen() {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const connected = once(server, 'connection').then(([socket]: Socket[]) => {
    const heard = { text: '', isOver: false };
    socket!.on('data', (data: Buffer) => (heard.text += data.toString()));
    socket!.on('end', () => (heard.isOver = true));
    return heard;
  });
  return { port: (server.address() as AddressInfo).port, connected };
}

describe('a fork cannot hurt its parent', () => {
  let python: TestPython;
  beforeAll(async () => {
    python = await TestPython.start();
  });
  afterAll(() => python.close());
  afterEach(async () => {
    const [, ...others] = python.service.sessions();
    await Promise.all(others.map(({ id }) => python.service.close(id)));
  });

  it.each(['a fork', 'isolated code'])(
    'when %s ends an event loop of its parent',
    async (which) => {
      const session = await python.service.createSession();
      await value(session, `${WAKES}\nimport gc; await asyncio.sleep(0)`);
      const end = 'async def main(): pass\nasyncio.run(main()); gc.collect(); None';
      if (which === 'a fork') await value((await python.service.fork(session.id)).session, end);
      else await value(session, end, { isolated: true });
      expect(await value(session, WAKE)).toBe("'awake'");
    },
  );

  it('and runs tasks and threads in loops of its own', async () => {
    const session = await python.service.createSession();
    await value(session, WAKES + WAKE);
    expect(await value(session, WAKE, { isolated: true })).toBe("'awake'");
    const { session: fork } = await python.service.fork(session.id);
    const { session: forkOfFork } = await python.service.fork(fork.id);
    expect(await value(forkOfFork, WAKE)).toBe("'awake'");
    expect(await value(fork, WAKE)).toBe("'awake'");
    expect(await value(session, WAKE)).toBe("'awake'");
  });

  it('by what it destroys, also of lost threads', async () => {
    const { port, connected } = await listen();
    const session = await python.service.createSession();
    await value(
      session,
      `import socket, threading
class Client:
    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", ${port}))
    def __del__(self):
        self.socket.sendall(b"goodbye")
        self.socket.shutdown(socket.SHUT_RDWR)
local, ask, asked = threading.local(), threading.Event(), threading.Event()
def work():
    local.client = Client()
    asked.set()
    ask.wait()
    local.client.socket.sendall(b"hello")
thread = threading.Thread(target=work, daemon=True)
thread.start()
asked.wait(); None`,
    );
    const heard = await connected;
    await value(session, 'del local; import gc; gc.collect(); None', { isolated: true });
    await python.service.fork(session.id);
    await value(session, 'ask.set(); thread.join(); None');
    await eventually(() => heard.isOver);
    expect(heard.text).toBe('hellogoodbye');
  });

  it('nor its siblings, by what a preloaded module has opened', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fujian-forks-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const module = 'import asyncio\nloop = asyncio.new_event_loop()\n';
    writeFileSync(join(folder, 'has_a_loop.py'), module);
    vi.stubEnv('PYTHONPATH', folder);
    const preloading = await TestPython.start({ preload: ['has_a_loop'] });
    onTestFinished(() => preloading.close());
    vi.unstubAllEnvs();
    const { service } = preloading;
    const [one, other] = await Promise.all([service.createSession(), service.createSession()]);
    await one.execute('import has_a_loop; has_a_loop.loop.close()');
    const run = 'loop.run_until_complete(asyncio.wait_for(loop.run_in_executor(None, wakes), 60))';
    const { return: answer } = await other.execute(
      `${WAKES}from has_a_loop import loop\nfujian_return = ${run}`,
    );
    expect(answer).toBe('awake');
  });

  describe('and names the threads that it lacks', () => {
    it('of Python and of other languages, with the result of isolated code', async () => {
      const session = await python.service.createSession();
      expect(await session.execute('pass', { isolated: true })).not.toHaveProperty('lostThreads');
      await value(session, PYTHON_THREAD + NATIVE_THREAD);
      const lostThreads = ['worker', 'rayon-worker-3 (native)'];
      expect(await session.execute('1 / 0', { isolated: true })).toMatchObject({
        error: { type: 'ZeroDivisionError' },
        lostThreads,
      });
      expect(await session.execute('pass')).not.toHaveProperty('lostThreads');
      const fork = await python.service.fork(session.id);
      expect(fork.lostThreads).toEqual(lostThreads);
    });

    it('when code that may wait for them is interrupted or killed', async () => {
      const session = await python.service.createSession();
      await value(session, NATIVE_THREAD);
      const clause =
        '; it ran in a fork, which lacks the threads of its parent (rayon-worker-3 (native)): code that waits for one of them never ends';
      const endless = 'while True: int()';
      const isolated = await session.execute(endless, { isolated: true, timeout: 50 });
      expect(isolated.error?.value).toBe(
        `the code did not finish within 50 ms and was interrupted${clause}`,
      );
      const { session: fork } = await python.service.fork(session.id);
      expect((await fork.execute(endless, { timeout: 50 })).error?.value).toContain(clause);
      await fork.restart();
      expect((await fork.execute(endless, { timeout: 50 })).error?.value).not.toContain('fork');
      expect((await session.execute(endless, { timeout: 50 })).error?.value).not.toContain('fork');
    });
  });
});
