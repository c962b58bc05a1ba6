import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
  vi,
} from 'vitest';
import { CircuitOpenError } from '../../src/errors/interpreter-death.js';
import type { ExecutionOptions } from '../../src/execution/execution-options.js';
import { Checkpoint } from '../support/checkpoint.js';
import { eventually } from '../support/eventually.js';
import { StoppedClock } from '../support/stopped-clock.js';
import { CAN_LOOK_AT_PROCESSES, childrenOf } from '../support/processes.js';
import { TestPython } from '../support/python.js';
import { requireOrSkip } from '../support/requirement.js';
import { FaultTable, type Subject, thisProcess } from './fault-table.js';

const CHANNEL_CUT = 'it closed its channel to the service and was killed';
const MEMORY = 64 * 1024 * 1024;

/** Python code that leaves a subprocess behind. */
const WITH_COMPANY = 'import os, subprocess; child = subprocess.Popen(["sleep", "1000"])\n';

const DEATHS: readonly (readonly [string, string, string])[] = [
  ['SIGKILL', 'import signal; os.kill(os.getpid(), signal.SIGKILL)', 'killed by SIGKILL'],
  ['os._exit(3)', 'os._exit(3)', 'exit code 3'],
  ['os.abort()', 'os.abort()', 'killed by SIGABRT'],
  ['ctypes.string_at(0)', 'import ctypes; ctypes.string_at(0)', 'killed by SIGSEGV'],
  [
    'a stack overflow in C',
    `import resource, sys; sys.setrecursionlimit(10**9)
resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, 1 << 20))
nested = []
for _ in range(10**5): nested = [nested]
repr(nested)`,
    'killed by SIGSEGV',
  ],
  ['every descriptor closed', 'os.closerange(0, 1024)', CHANNEL_CUT],
  [
    'garbage written into the channel',
    `import stat
for fd in map(int, os.listdir("/proc/self/fd")):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, b"\\xff" * 64)
    except OSError: pass
while True: pass`,
    'it broke the protocol of its channel (a frame of 4294967295 bytes; the maximum is 536870912) and was killed',
  ],
];

describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('deaths', () => {
  const table = new FaultTable('Death');
  const directory = mkdtempSync(join(tmpdir(), 'fujian-deaths-'));
  let python: TestPython;
  let self: Subject;
  let checkpoint: Checkpoint;

  beforeAll(async () => {
    self = thisProcess();
    python = await TestPython.start();
    await python.run('pass');
  });
  afterAll(() => python.close());
  afterAll(() => rmSync(directory, { recursive: true }));
  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
  });
  afterEach(() => checkpoint.tearDown());

  /** Starts a Python of its own for this test. */
  async function startedWith(options: ExecutionOptions): Promise<TestPython> {
    const started = await TestPython.start(options);
    onTestFinished(() => started.close());
    const supervisor = await started.returned('import os; fujian_return = os.getppid()');
    // The process that it keeps for the next session must not count as left behind.
    await eventually(() => childrenOf(Number(supervisor)).length >= 2);
    return started;
  }

  it.each(DEATHS)('by %s has its reason, and a new interpreter comes', async (name, code, why) => {
    const { generation } = python.service;
    const reasons = await table.inject(name, self, async (tally) => {
      await tally.ask(python.execute(WITH_COMPANY + code));
      expect(await tally.ask(python.execute('fujian_return = 1'))).toMatchObject({ return: '1' });
    });
    expect(reasons).toEqual({ [why]: 1 });
    expect(python.service.generation).toBe(generation + 1);
  });

  it('does not come by want of memory: the code gets MemoryError', async () => {
    const limited = await startedWith({ limits: { memory: MEMORY } });
    const reasons = await table.inject('out of memory under a limit', self, async (tally) => {
      await tally.ask(limited.execute('bytearray(10**10)'));
      await tally.ask(limited.execute('filled = []\nwhile True: filled.append(bytearray(10**5))'));
      expect(await tally.ask(limited.execute('del filled'))).not.toHaveProperty('error');
    });
    expect(reasons).toEqual({ MemoryError: 2 });
    expect(limited.service.generation).toBe(1);
  });

  it('by a fork bomb under a limit', async () => {
    const limited = await startedWith({ limits: { processes: 10 } });
    // The fork bomb stops at 512 processes, should the limit fail.
    const bomb = 'import os, time\nfor _ in range(9): os.fork()\ntime.sleep(1000)';
    const reasons = await table.inject('fork bomb under a limit', self, async (tally) => {
      await tally.ask(limited.execute(bomb));
      await tally.ask(limited.execute('pass'));
    });
    expect(reasons).toEqual({
      'started more processes than the 10 that it may have, and was killed': 1,
    });
  });

  it('at the start is no answer to code that was not run', async () => {
    const deadly = join(directory, 'deadly');
    const startup = join(directory, 'startup.py');
    writeFileSync(startup, `import os\nif os.path.exists(${JSON.stringify(deadly)}): os._exit(7)`);
    const starting = await startedWith({ startup });
    const reasons = await table.inject('dying at start', self, async (tally) => {
      writeFileSync(deadly, '');
      await tally.ask(starting.execute('import os; os._exit(1)'));
      await Promise.all([1, 2, 3].map(() => tally.ask(starting.execute('pass'))));
      rmSync(deadly);
      await tally.ask(starting.execute('pass'));
    });
    expect(reasons).toEqual({
      'exit code 1': 1,
      [`The interpreter ended while it ran the start-up file ${startup} (FUJIAN_STARTUP): exit code 7.`]: 3,
    });
  });

  it('before it is ready leaves no files', async () => {
    vi.stubEnv('TMPDIR', mkdtempSync(join(directory, 'tmp-')));
    onTestFinished(() => void vi.unstubAllEnvs());
    const starting = await startedWith({});
    const runtime = join(tmpdir(), readdirSync(tmpdir())[0]!);
    const reasons = await table.inject('dying before it is ready', self, async (tally) => {
      // Too few for the session's own descriptors.
      const starved = starting.service.createSession({ limits: { openFiles: 3 } });
      await tally.ask(starved.then((session) => session.execute('pass')));
      await tally.ask(starting.execute('pass'));
    });
    expect(reasons).toEqual({ 'The interpreter ended before it was ready: exit code 1.': 1 });
    expect(readdirSync(runtime)).toEqual(['channel']);
  });

  it('while idle is noticed, and the next code runs', async () => {
    const { generation } = python.service;
    const reasons = await table.inject('dying while idle', self, async (tally) => {
      await tally.ask(
        python.execute(`${WITH_COMPANY}import threading
def die():
    ${checkpoint.pass()}
    os._exit(1)
threading.Thread(target=die).start()`),
      );
      (await checkpoint.arrival()).letThrough();
      await eventually(() => python.service.generation > generation);
      await tally.ask(python.execute('pass'));
    });
    expect(reasons).toEqual({});
  });

  it('with 50 requests queued answers all of them', async () => {
    const reasons = await table.inject('dying with 50 requests queued', self, async (tally) => {
      const dies = tally.ask(python.execute(`${checkpoint.pass()}; import os; os._exit(3)`));
      const queued = Array.from({ length: 50 }, () => tally.ask(python.execute('pass')));
      (await checkpoint.arrival()).letThrough();
      await Promise.all([dies, ...queued]);
      await tally.ask(python.execute('pass'));
    });
    expect(reasons).toEqual({ 'exit code 3': 1, 'not run: exit code 3': 50 });
  });

  it('of the supervisor takes the interpreter along, and both are replaced', async () => {
    const reasons = await table.inject('supervisor killed', self, async (tally) => {
      const killed = tally.ask(
        python.execute(`${WITH_COMPANY}${checkpoint.pass()}
os.kill(os.getppid(), 9)
while True: pass`),
      );
      const queued = Array.from({ length: 50 }, () => tally.ask(python.execute('pass')));
      (await checkpoint.arrival()).letThrough();
      await Promise.all([killed, ...queued]);
      await tally.ask(python.execute('pass'));
    });
    expect(reasons).toEqual({
      'its supervisor process ended (killed by SIGKILL)': 1,
      'not run: its supervisor process ended (killed by SIGKILL)': 50,
    });
  });

  it('of the supervisor while nothing runs is noticed', async () => {
    const { generation } = python.service;
    const reasons = await table.inject('supervisor killed while idle', self, async (tally) => {
      const supervisor = await python.returned('import os; fujian_return = os.getppid()');
      process.kill(Number(supervisor), 'SIGKILL');
      await eventually(() => python.service.generation > generation);
      await tally.ask(python.execute('pass'));
    });
    expect(reasons).toEqual({});
  });

  it('of a supervisor that cannot be replaced is reported each time, until it can be', async () => {
    const cwd = mkdtempSync(join(directory, 'cwd-'));
    const homeless = await startedWith({ cwd });
    const reasons = await table.inject('supervisor not to be replaced', self, async (tally) => {
      rmdirSync(cwd);
      await tally.ask(homeless.execute('import os; os.kill(os.getppid(), 9)\nwhile True: pass'));
      for (let round = 0; round < 10; round++) await tally.ask(homeless.execute('pass'));
      mkdirSync(cwd);
      await tally.ask(homeless.execute('pass'));
    });
    expect(reasons['its supervisor process ended (killed by SIGKILL)']).toBe(1);
    expect(Object.keys(reasons)).toContainEqual(
      expect.stringMatching(/could not be started in the directory .*: spawn .* ENOENT$/),
    );
  });

  it('too many in a row open the circuit, which closes again', async () => {
    const clock = StoppedClock.stop();
    const fragile = await startedWith({ deathLimit: 3, deathPause: 10_000 });
    let refused: unknown;
    await table.inject('three deaths, where no more are allowed', self, async (tally) => {
      for (let round = 0; round < 3; round++) {
        await tally.ask(fragile.execute('import os; os._exit(3)'));
      }
      clock.goOn(9_999);
      refused = await tally.ask(fragile.execute('pass'));
      clock.goOn(1);
      await tally.ask(fragile.execute('pass'));
    });
    expect(refused).toBeInstanceOf(CircuitOpenError);
    expect(String(refused)).toContain('(the last time: exit code 3)');
    expect(fragile.service.generation).toBe(4);
  });

  it('have left nothing behind', () => table.total(self));
});
