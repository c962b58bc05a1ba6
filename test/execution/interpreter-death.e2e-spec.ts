import { existsSync, readFileSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ExecutionResult } from '../../src/execution/execution.js';
import { Checkpoint } from '../support/checkpoint.js';
import { eventually } from '../support/eventually.js';
import { times } from '../support/property.js';
import { StoppedTimers } from '../support/stopped-timers.js';
import { type Code, stubborn } from '../support/stubborn.js';
import { TestPython } from '../support/python.js';

// Loops that have to be caught call something: in Python 3.11 and 3.12 `try: while True: pass` catches no
// interrupt.

/** Milliseconds; short, as no code here stops when interrupted. */
const GRACE = 200;
/** Milliseconds, of which nothing is waited. */
const DEADLINE = 60_000;

describe('code that does not end by itself', () => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start();
  });
  afterAll(() => python.close());

  /** Runs code whose deadline expires when it is past the checkpoint. */
  async function timeIsUp(code: string): Promise<ExecutionResult> {
    const timers = new StoppedTimers();
    const running = python.execute(code, { timeout: DEADLINE });
    await passed();
    timers.end(DEADLINE);
    return running;
  }

  it.each([
    ['a busy loop', 'while True: pass'],
    ['time.sleep', 'import time; time.sleep(1000)'],
    ['a wait for a lock', 'import threading; threading.Event().wait()'],
    ['a wait for a subprocess', 'import subprocess; subprocess.run(["sleep", "1000"])'],
    ['a regular expression that backtracks', 'import re; re.match("(a+)+$", "a" * 100 + "b")'],
    ['a wait for a socket', 'import socket; a, b = socket.socketpair(); a.recv(1)'],
    ['asyncio', 'import asyncio; asyncio.run(asyncio.sleep(1000))'],
    [
      'a loop in the __str__ of the result',
      'class S:\n  def __str__(self):\n    while True: pass\nfujian_return = S()',
    ],
    [
      'a loop in the __str__ of an exception',
      'class E(Exception):\n  def __str__(self):\n    while True: pass\nraise E',
    ],
    [
      'a loop in the flush of a stream',
      'import sys\nclass O:\n  def flush(self):\n    while True: pass\nsys.stdout = O()',
    ],
    [
      'an except that catches all and raises again',
      'def spin():\n  while True: pass\ntry: spin()\nexcept BaseException: raise',
    ],
    ['SIGINT ignored in an earlier execution', 'while True: pass'],
    [
      'SIGINT ignored',
      'import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass',
    ],
    [
      'SIGINT blocked',
      'import signal; signal.pthread_sigmask(signal.SIG_BLOCK, {2})\nwhile True: pass',
    ],
    ['a shell command', 'import os; os.system("sleep 1000")'],
    ['one shell command after the other', 'import os\nwhile True: os.system("sleep 1000")'],
  ])('%s is interrupted after its timeout', async (name, code) => {
    if (name.includes('earlier')) {
      await python.run('import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)');
    }
    await python.run('kept = "data"');
    const { error } = await python.execute(code, { timeout: 100 });

    expect(error).toMatchObject({
      type: 'ExecutionTimeoutError',
      value: 'the code did not finish within 100 ms and was interrupted',
    });
    expect(error!.traceback).toMatch(
      /KeyboardInterrupt\nExecutionTimeoutError: the code did not.*\n$/,
    );
    expect(await python.returned('fujian_return = kept')).toBe('data');
    expect(python.service.generation).toBe(1);
    // Subprocesses would inherit it.
    await python.run(
      'import signal; signal.signal(2, signal.default_int_handler); signal.pthread_sigmask(signal.SIG_UNBLOCK, {2})',
    );
  });

  it('keeps its output up to the interrupt', async () => {
    const { stdout } = await timeIsUp(`print("before"); ${checkpoint.pass()}\nwhile True: pass`);
    expect(stdout).toBe('before\n');
  });

  it('runs its clean-up', async () => {
    const { stdout, error } = await timeIsUp(
      `try:\n  ${checkpoint.pass()}\n  while True: int()\nfinally: print("cleaned up")`,
    );
    expect([stdout, error?.type]).toEqual(['cleaned up\n', 'ExecutionTimeoutError']);
  });

  it('counts as ended if it catches the interrupt and ends', async () => {
    const { error, return: returned } =
      await timeIsUp(`try:\n  ${checkpoint.pass()}\n  while True: int()
except KeyboardInterrupt: fujian_return = "caught"`);
    expect([returned, error]).toEqual(['caught', undefined]);
  });

  it('has its whole timeout when it had to wait for its turn', async () => {
    const timers = new StoppedTimers();
    const first = python.execute(checkpoint.pass(), { timeout: 0 });
    const second = python.execute(`${checkpoint.pass()}; fujian_return = "ran"`, {
      timeout: DEADLINE,
    });
    const { letThrough } = await checkpoint.arrival();
    timers.end(2 * DEADLINE);
    letThrough();
    expect((await first).error).toBeUndefined();
    (await checkpoint.arrival()).letThrough();
    expect(await second).toMatchObject({ return: 'ran' });
  });

  it('is interrupted alone, not what waits for its turn', async () => {
    const marks = ['first', 'second', 'third'];
    const running = python.execute(checkpoint.pass());
    const waiting = marks.map((mark) => python.returned(`fujian_return = "${mark}"`));
    await checkpoint.arrival();
    expect(python.service.interrupt()).toBe(true);
    expect((await running).error?.type).toBe('KeyboardInterrupt');
    expect(await Promise.all(waiting)).toEqual(marks);
  });

  it('is interrupted with its subprocesses', async () => {
    const { error, return: returned } = await timeIsUp(`import subprocess
child = subprocess.Popen(["sleep", "1000"])
try:
    ${checkpoint.pass()}
    child.wait()
finally: fujian_return = child.wait()`);
    expect([error?.type, returned]).toEqual(['ExecutionTimeoutError', '-2']);
  });

  it('gets one signal if it handles SIGINT itself, and may take its time', async () => {
    const { error, return: heard } = await timeIsUp(`import signal, time
heard = []
signal.signal(signal.SIGINT, lambda *_: heard.append(time.monotonic()))
${checkpoint.pass()}
while not heard: time.sleep(0.01)
time.sleep(0.2)
fujian_return = len(heard)`);
    expect([error, heard]).toEqual([undefined, '1']);
    await python.run('signal.signal(signal.SIGINT, signal.default_int_handler)');
  });

  it.each([
    ['', 'handler = signal.default_int_handler'],
    [', with a handler of its own', 'def handler(*_): raise KeyboardInterrupt'],
  ])('is interrupted as a whole or not at all, wherever two executions meet%s', async (_, own) => {
    await python.run(`import signal\n${own}\nsignal.signal(signal.SIGINT, handler)`);
    let interrupts = 0;
    let interrupted = 0;
    const wrong: unknown[] = [];
    const left = Array.from({ length: times(250, 1_000) }, (_, n) => n);
    const client = async () => {
      for (let n = left.pop(); n !== undefined; n = left.pop()) {
        const {
          error,
          return: returned,
          ...output
        } = await python.execute(`print("${n}"); fujian_return = ${n}`);
        if (error?.type === 'KeyboardInterrupt') interrupted += 1;
        else if (error || returned !== String(n) || output.stdout !== `${n}\n`)
          wrong.push(error, n);
      }
    };
    const clients = Promise.all(Array.from({ length: 4 }, client)).catch((error: unknown) => {
      wrong.push(error);
      left.length = 0;
    });
    while (left.length > 0) {
      interrupts += Number(python.service.interrupt());
      await setImmediate();
    }
    await clients;
    expect(wrong).toEqual([]);
    expect(interrupted).toBeLessThanOrEqual(interrupts);
    expect(interrupted).toBeGreaterThan(0);
    expect(await python.returned('fujian_return = "unharmed"')).toBe('unharmed');
    expect(python.service.generation).toBe(1);
    await python.run('signal.signal(signal.SIGINT, signal.default_int_handler)');
  });

  it('is not affected by an earlier interrupt while nothing ran', async () => {
    expect(python.service.interrupt()).toBe(false);
    expect(await python.returned('fujian_return = "untouched"')).toBe('untouched');
  });
});

describe('code that does not stop', () => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start({ interruptGrace: GRACE });
  });
  afterAll(() => python.close());

  it.each<[string, Code]>([
    [
      'SIGINT is handled by something else',
      (here) => `import signal; signal.signal(2, lambda *_: None)\n${here}\nwhile True: pass`,
    ],
    ['BaseException is caught again and again', stubborn('while True: int()')],
    ['C code computes', stubborn('hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)')],
    ['it is stopped', stubborn('os.kill(os.getpid(), signal.SIGSTOP)')],
  ])('is killed some time after its interrupt: %s', async (_, code) => {
    const timers = new StoppedTimers();
    const dies = python.death(`print("before", flush=True)\n${code(checkpoint.pass())}`, {
      timeout: DEADLINE,
    });
    await passed();
    timers.end(DEADLINE);
    const { message, death, started, partialOutput } = await dies;
    expect(death).toMatchObject({
      cause: 'not-stopped',
      reason: `it ran longer than the ${DEADLINE} ms that it had, did not stop within ${GRACE} ms of an interrupt and was killed`,
      signal: 'SIGKILL',
    });
    expect(message).toContain('did not stop within 200 ms of an interrupt');
    expect(started).toBe(true);
    expect(partialOutput).toEqual({ stdout: 'before\n', stderr: '' });
    expect(await python.returned('fujian_return = "a new one"')).toBe('a new one');
  });
});

describe('the death of an interpreter', () => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start();
  });
  afterAll(() => python.close());

  it.each([
    ['os._exit(3)', 'import os; os._exit(3)', 'exit code 3'],
    ['os._exit(0)', 'import os; os._exit(0)', 'exit code 0'],
    ['os.abort()', 'import os; os.abort()', 'killed by SIGABRT'],
    ['a read of address 0', 'import ctypes; ctypes.string_at(0)', 'killed by SIGSEGV'],
    [
      'a kill from outside',
      'import os, signal; os.kill(os.getpid(), signal.SIGKILL)',
      'killed by SIGKILL',
    ],
    [
      'SIGTERM',
      'import os, signal; os.kill(os.getpid(), signal.SIGTERM)\nwhile True: pass',
      'killed by SIGTERM',
    ],
    [
      'a signal that has no name',
      'import os; os.kill(os.getpid(), 40)\nwhile True: pass',
      'killed by signal 40',
    ],
    [
      'a stack that is full',
      'import resource; resource.setrlimit(resource.RLIMIT_STACK, (65536, 65536))\nsys.setrecursionlimit(10**6)\nf = []\nfor _ in range(5000): f = [f]\nrepr(f)',
      'killed by SIGSEGV',
    ],
    ['execv of another program', 'import os; os.execv("/bin/true", ["true"])', 'exit code 0'],
  ])('by %s is answered with its reason', async (_, code, reason) => {
    const { generation } = python.service;
    const { message, death, started, partialOutput } = await python.death(
      `import sys; print("so far"); sys.stderr.write("")\n${code}`,
    );
    expect(death.reason).toBe(reason);
    expect(message).toContain(`The Python interpreter ended: ${reason}.`);
    expect(started).toBe(true);
    expect(partialOutput.stdout).toBe('so far\n');
    expect(await python.returned('fujian_return = "a new one"')).toBe('a new one');
    expect(python.service.generation).toBe(generation + 1);
  });

  it("by a crash shows Python's stack on stderr", async () => {
    const { partialOutput } = await python.death(
      'import ctypes\ndef crash(): ctypes.string_at(0)\ncrash()',
    );
    expect(partialOutput.stderr).toMatch(/Fatal Python error: Segmentation fault[^]*in crash\n/);
  });

  it('is answered to all that waited, which were not run', async () => {
    const dies = python.death('import os; os._exit(3)');
    const waiting = Array.from({ length: 50 }, (_, n) => python.death(`print(${n})`));
    expect((await dies).started).toBe(true);
    for (const error of await Promise.all(waiting)) {
      expect(error).toMatchObject({ code: 'FUJIAN_INTERPRETER_DIED', started: false });
      expect(error.death.reason).toBe('exit code 3');
      expect(error.message).toMatch(
        /^This code was not run: the interpreter it waited for ended: exit/,
      );
      expect(error.partialOutput).toEqual({ stdout: '', stderr: '' });
    }
  });

  it('keeps the answers of those that ended before, with their output', async () => {
    const before = Array.from({ length: 10 }, (_, n) => python.printed(`print(${n})`));
    const dies = python.death('print("last words", flush=True); import os; os._exit(1)');
    expect(await Promise.all(before)).toEqual(Array.from({ length: 10 }, (_, n) => `${n}\n`));
    expect((await dies).partialOutput.stdout).toBe('last words\n');
  });

  it('takes the variables along, and the next interpreter says so by its generation', async () => {
    await python.run('precious = 1');
    const { generation } = python.service;
    await python.death('import os; os._exit(1)');
    expect((await python.execute('precious')).error?.type).toBe('NameError');
    expect(python.service.generation).toBe(generation + 1);
  });

  it('ends the processes that it started', async () => {
    const { partialOutput } = await python.death(
      `import os, subprocess
child = subprocess.Popen(["sleep", "1000"])
print(child.pid, flush=True)
os._exit(1)`,
    );
    await python.run('pass'); // a new interpreter: the old one has been reaped by now
    expect(await python.returned(isAlive(partialOutput.stdout.trim()))).toBe('False');
  });

  it('while it is idle is noticed, and said in the next output by its stderr', async () => {
    const { generation } = python.service;
    await python.run(
      `import threading, os, sys
def die():
    ${checkpoint.pass()}
    print("dying", file=sys.stderr)
    os._exit(1)
threading.Thread(target=die).start()`,
    );
    (await checkpoint.arrival()).letThrough();
    await eventually(() => python.service.generation > generation);
    expect((await python.run('pass')).stderr).toBe('dying\n');
  });
});

describe('an interpreter whose ties to the service are cut', () => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start();
  });
  afterAll(() => python.close());

  const CUT = 'it closed its channel to the service and was killed';

  it.each([
    ['every descriptor is closed', 'import os; os.closerange(3, 1024)'],
    ['every descriptor is closed, the standard ones too', 'import os; os.closerange(0, 1024)'],
    [
      'every descriptor is closed, and it goes on',
      'import os, time; os.closerange(3, 1024); time.sleep(1000)',
    ],
    [
      'the channel is shut down',
      `import os, socket, stat
for fd in map(int, os.listdir("/proc/self/fd")):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode): socket.socket(fileno=os.dup(fd)).shutdown(2)
    except OSError: pass
import time; time.sleep(1000)`,
    ],
  ])('is killed and replaced: %s', async (_, code) => {
    const { death, partialOutput } = await python.death(`print("before", flush=True)\n${code}`);
    expect(death.reason).toBe(CUT);
    expect(partialOutput.stdout).toBe('before\n');
    expect(await python.returned('fujian_return = "a new one"')).toBe('a new one');
  });

  it.skipIf(process.platform !== 'linux')(
    'is not taken for one that was killed from outside, when its supervisor is late to say so',
    async () => {
      const ids = await python.returned('import os; fujian_return = [os.getpid(), os.getppid()]');
      const [session, supervisor] = JSON.parse(ids) as [number, number];
      const died = python.death(`${checkpoint.pass()}\nwhile True: pass`);
      await passed();
      process.kill(supervisor, 'SIGSTOP');
      process.kill(session, 'SIGKILL');
      await setTimeout(300); // the end is noticed and ignored
      process.kill(supervisor, 'SIGCONT');
      expect((await died).death.reason).toBe('killed by SIGKILL');
    },
  );

  it('is killed and replaced if it writes garbage into its channel', async () => {
    const { death } = await python.death(
      `import os, stat
for fd in map(int, os.listdir("/proc/self/fd")):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, b"\\xff" * 64)
    except OSError: pass
while True: pass`,
    );
    expect(death.reason).toMatch(/^it broke the protocol of its channel \(.+\) and was killed$/);
    expect(await python.returned('fujian_return = "a new one"')).toBe('a new one');
  });
});

describe('a supervisor that is replaced', () => {
  it.runIf(existsSync('/proc'))(
    'is not left behind by a service that stops meanwhile',
    async () => {
      const children = () => readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8');
      const before = children();
      const python = await TestPython.start();
      const { death } = await python.death(
        'import os, signal, time; os.kill(os.getppid(), signal.SIGKILL); time.sleep(1000)',
      );
      expect(death.cause).toBe('supervisor');
      await python.close();
      expect(children()).toBe(before);
    },
  );
});

describe('code that forks', () => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start();
    await python.run('import os, sys');
  });
  afterAll(() => python.close());

  it('is answered once, by the parent; the child ends as at the end of a script', async () => {
    const {
      stdout,
      stderr,
      return: returned,
    } = await python.run(
      `pid = os.fork()
if pid: fujian_return = os.waitpid(pid, 0)[1]
else: print("from the child"); fujian_return = "of the child"`,
    );
    expect({ stdout, stderr, returned }).toEqual({
      stdout: 'from the child\n',
      stderr: '',
      returned: '0',
    });
    expect(await python.returned('fujian_return = "the parent"')).toBe('the parent');
    expect(python.service.generation).toBe(1);
  });

  it.each([
    ['sys.exit(0)', 0, ''],
    ['sys.exit()', 0, ''],
    ['sys.exit(7)', 7, ''],
    ['sys.exit("a reason")', 1, 'a reason\n'],
    ['1 / 0', 1, expect.stringMatching(/^Traceback[^]*ZeroDivisionError: division by zero\n$/)],
  ])('whose child ends with %s', async (code, status, stderr) => {
    const result = await python.run(
      `pid = os.fork()
if pid: fujian_return = os.waitpid(pid, 0)[1] >> 8
else: ${code}`,
    );
    expect(result).toEqual({ stdout: '', stderr, return: String(status) });
  });

  it('cannot push or log from the child', async () => {
    expect(
      await python.printed(
        `pid = os.fork()
if pid: os.waitpid(pid, 0)
else:
    try: FUJIAN_WS.write_message("x")
    except Exception as error: print(type(error).__name__, FUJIAN_WS.is_open())`,
      ),
    ).toMatch(/^(WebSocketClosedError|ChannelClosed) False\n$/);
  });

  it('and whose child lives on: the answer does not wait for it', async () => {
    const result = await python.run(
      `pid = os.fork()
if not pid:
    ${checkpoint.pass('"child"')}
    os._exit(0)`,
    );
    expect(result).toEqual({ stdout: '', stderr: '', return: '' });
    (await checkpoint.arrival()).letThrough();
  });
});

let checkpoint: Checkpoint;
beforeEach(async () => {
  checkpoint = await Checkpoint.build();
});
afterEach(() => checkpoint.tearDown());

/** Returns a Python expression: whether a process exists and is not a zombie. */
function isAlive(pid: string): string {
  return `import os
try: fujian_return = open("/proc/${pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z"
except FileNotFoundError: fujian_return = False`;
}

/** Waits until code is past the checkpoint. */
async function passed(): Promise<void> {
  const { letThrough, past } = await checkpoint.arrival();
  letThrough();
  await past;
}
