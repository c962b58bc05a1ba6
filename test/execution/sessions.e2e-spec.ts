import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { randomUUID } from 'node:crypto';
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
import type { ExecutionOptions } from '../../src/execution/execution-options.js';
import type { PythonSession } from '../../src/execution/sessions/python-session.js';
import type { SessionEvent } from '../../src/execution/sessions/session-event.js';
import type { SessionOptions } from '../../src/execution/sessions/session-options.js';
import { Checkpoint } from '../support/checkpoint.js';
import { eventually } from '../support/eventually.js';
import { MARK, processesMarked } from '../support/processes.js';
import { times } from '../support/property.js';
import { TestPython } from '../support/python.js';

/** Milliseconds, of which nothing is waited. */
const IDLE = 60_000;

let checkpoint: Checkpoint;
beforeEach(async () => {
  checkpoint = await Checkpoint.build();
});
afterEach(() => checkpoint.tearDown());

async function returned(session: PythonSession, code: string): Promise<string> {
  const { return: value, error } = await session.execute(code);
  if (error) throw new Error(error.traceback);
  return value;
}

describe.each(['fork', 'spawn'] as const)('sessions that start by %s', (start) => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start({ start });
  });
  afterAll(() => python.close());
  afterEach(async () => {
    const [, ...others] = python.service.sessions();
    await Promise.all(others.map(({ id }) => python.service.close(id)));
  });

  const create = (options?: SessionOptions) => python.service.createSession(options);

  describe('beside each other', () => {
    it('do not see each other’s names, directory, environment, descriptors', async () => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fujian-sessions-')));
      try {
        const [one, other] = await Promise.all([create({ cwd: folder }), create()]);
        await returned(
          one,
          `import os; name = "mine"; os.environ["MINE"] = "1"; file = os.open("/dev/null", 0)
os.dup2(file, 77); os.set_inheritable(77, True)`,
        );
        expect(await returned(one, 'fujian_return = os.getcwd()')).toBe(folder);
        const seen = `import os
def is_open(fd):
  try: return bool(os.fstat(fd))
  except OSError: return False
fujian_return = "name" in globals(), "MINE" in os.environ, os.getcwd() == ${JSON.stringify(folder)}, is_open(77)`;
        expect(await returned(other, seen)).toBe('(False, False, False, False)');
        expect(await python.returned(seen)).toBe('(False, False, False, False)');
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it.runIf(existsSync('/proc'))('have their own two sockets, out of the way', async () => {
      const session = await create();
      const sockets = `import os, stat
def is_socket(fd):
  try: return stat.S_ISSOCK(os.fstat(fd).st_mode)
  except OSError: return False
fujian_return = [fd for fd in map(int, os.listdir("/proc/self/fd")) if is_socket(fd)]`;
      // The channel, and the line to the supervisor: none of another session.
      const own = JSON.parse(await returned(session, sockets)) as number[];
      expect(own).toHaveLength(2);
      for (const descriptor of own) expect(descriptor).toBeGreaterThanOrEqual(200);
    });

    it('run at the same time, and each its own in order', async () => {
      const [one, other] = await Promise.all([create(), create()]);
      const waits = one.execute(checkpoint.pass());
      const { letThrough } = await checkpoint.arrival();
      expect(await returned(other, 'fujian_return = "meanwhile"')).toBe('meanwhile');
      const order = Promise.all([1, 2, 3].map((n) => one.execute(`print(${n})`)));
      letThrough();
      await waits;
      expect((await order).map(({ stdout }) => stdout)).toEqual(['1\n', '2\n', '3\n']);
    });

    it('have random numbers of their own', async () => {
      const all = await Promise.all([create(), create(), create()]);
      const draw = `import random, uuid, secrets, tempfile
fujian_return = [random.random(), str(uuid.uuid4()), secrets.token_hex(), next(tempfile._get_candidate_names())]`;
      const drawn = await Promise.all(all.map((session) => returned(session, draw)));
      expect(new Set(drawn).size).toBe(3);
    });

    it('die alone', async () => {
      const [one, other] = await Promise.all([create(), create()]);
      await returned(other, 'kept = 1');
      await expect(one.execute('import os; os._exit(3)')).rejects.toMatchObject({
        code: 'FUJIAN_INTERPRETER_DIED',
      });
      expect(await returned(one, 'fujian_return = "kept" in globals()')).toBe('False');
      expect(await returned(other, 'fujian_return = kept')).toBe('1');
      expect([one.generation, other.generation]).toEqual([2, 1]);
    });

    it('are interrupted and restarted alone, by their ids', async () => {
      const [one, other] = await Promise.all([create({ id: 'one' }), create({ id: 'other' })]);
      await Promise.all([returned(one, 'kept = 1'), returned(other, 'kept = 1')]);
      const running = one.execute('while True: int()');
      await eventually(() => one.condition === 'busy');
      expect(python.service.interrupt('one')).toBe(true);
      expect((await running).error?.type).toBe('KeyboardInterrupt');
      await python.service.restart('one');
      expect(await returned(one, 'fujian_return = "kept" in globals()')).toBe('False');
      expect(await returned(other, 'fujian_return = kept')).toBe('1');
    });

    it('very many, created at once, are all usable', async () => {
      const count = start === 'fork' ? times(50, 200) : times(6, 20); // each process takes time to start
      const many = await TestPython.start({ start, maxSessions: count + 1 });
      try {
        const all = await Promise.all(
          Array.from({ length: count }, () => many.service.createSession()),
        );
        const answers = await Promise.all(
          all.map((session, n) => returned(session, `fujian_return = ${n}`)),
        );
        expect(answers).toEqual(Array.from({ length: count }, (_, n) => String(n)));
      } finally {
        await many.close();
      }
    });
  });

  describe('are created', () => {
    it('with an id, or a random one', async () => {
      expect((await create({ id: 'Lab-1.x_y' })).id).toBe('Lab-1.x_y');
      expect((await create()).id).toMatch(/^[0-9a-f-]{36}$/);
      expect(python.service.sessions().map(({ id }) => id)).toContain('main');
    });

    it.each(['', '.x', 'a/b', '../a', 'a b', 'x'.repeat(65), 'ä', 'a\n'])(
      'not with the id %j',
      async (id) => {
        await expect(create({ id })).rejects.toMatchObject({ code: 'FUJIAN_SESSION_OPTIONS' });
      },
    );

    it.each([
      { cwd: 'a\0b' },
      { cwd: '/dev/null/x' },
      { cwd: '/dev/null' },
      { cwd: '' },
      { cwd: `/${'x'.repeat(5_000)}` },
      { env: { A: '\uD800' } },
      { env: { '\uDC00': 'a' } },
    ])('not with %j', async (options) => {
      await expect(create(options)).rejects.toMatchObject({ code: 'FUJIAN_SESSION_OPTIONS' });
    });

    it('not with an id that is taken, nor in a directory that is not there', async () => {
      await expect(create({ id: 'main' })).rejects.toMatchObject({
        code: 'FUJIAN_SESSION_EXISTS',
        message: "Session 'main' already exists; choose another id, or omit it.",
      });
      await expect(create({ cwd: '/nowhere' })).rejects.toMatchObject({
        code: 'FUJIAN_SESSION_OPTIONS',
        message: "The working directory '/nowhere' is not a directory.",
      });
    });

    it('with an environment of their own, whatever is in it', async () => {
      const env = { QUOTES: '"\'\\', LINES: 'a\nb', TEXT: 'grün 😀', EMPTY: '' };
      const session = await create({ env });
      expect(
        JSON.parse(
          await returned(
            session,
            `import json, os; fujian_return = json.dumps({k: os.environ[k] for k in ${JSON.stringify(Object.keys(env))}})`,
          ),
        ),
      ).toEqual(env);
      expect(await returned(session, 'fujian_return = os.popen("echo $TEXT").read()')).toBe(
        'grün 😀\n',
      );
      await expect(create({ env: { 'A=B': '' } })).rejects.toMatchObject({
        code: 'FUJIAN_SESSION_OPTIONS',
      });
    });

    it('with modules, one that is missing being named', async () => {
      const session = await create({ preload: ['colorsys', 'xml.dom'] });
      expect(await returned(session, 'import sys; fujian_return = "colorsys" in sys.modules')).toBe(
        'True',
      );
      await expect(create({ preload: ['no_such_module'] })).rejects.toMatchObject({
        code: 'FUJIAN_SESSION_OPTIONS',
        message: expect.stringMatching(/no_such_module[^]*ModuleNotFoundError/),
      });
      await expect(create({ preload: ['a; b'] })).rejects.toMatchObject({
        code: 'FUJIAN_SESSION_OPTIONS',
      });
      expect(python.service.sessions()).toHaveLength(2);
    });

    it('with limits of their own, which stay when they are restarted, as do directory and environment', async () => {
      const session = await create({
        cwd: tmpdir(),
        env: { KEPT: 'yes' },
        limits: { memory: 64 << 20 },
      });
      const check = async () => {
        const { error } = await session.execute('x = bytearray(128 << 20)');
        expect(error?.type).toBe('MemoryError');
        expect(
          await returned(session, 'import os; fujian_return = os.getcwd(), os.environ["KEPT"]'),
        ).toBe(`('${realpathSync(tmpdir())}', 'yes')`);
      };
      await check();
      await session.restart();
      await check();
      await session.execute('import os; os._exit(1)').catch(() => undefined);
      await check();
    });

    it('not again in a directory that has gone meanwhile', async () => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fujian-sessions-')));
      const session = await create({ cwd: folder });
      rmSync(folder, { recursive: true });
      const refused = {
        code: 'FUJIAN_INTERPRETER_START',
        message: `The working directory ${folder} does not exist any more.`,
      };
      await expect(session.restart()).rejects.toMatchObject(refused);
      await expect(session.execute('pass')).rejects.toMatchObject(refused);
      writeFileSync(folder, 'a file');
      await expect(session.restart()).rejects.toMatchObject({
        ...refused,
        message: `The working directory ${folder} cannot be entered any more.`,
      });
      rmSync(folder);
    });

    it('not beyond the maximum, which counts those that are being created', async () => {
      const few = await TestPython.start({ start, maxSessions: 3 });
      try {
        const all = await Promise.allSettled(
          Array.from({ length: 5 }, () => few.service.createSession()),
        );
        expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
        expect(all[4]).toMatchObject({
          reason: {
            code: 'FUJIAN_TOO_MANY_SESSIONS',
            message:
              'The session limit (3; option maxSessions, FUJIAN_MAX_SESSIONS) is reached; close an unused session.',
          },
        });
        await few.service.close(few.service.sessions()[1]!.id);
        await few.service.createSession();
      } finally {
        await few.close();
      }
    });
  });

  describe('are closed', () => {
    it('with an answer for all that runs and waits, and nothing is left of them', async () => {
      const session = await create({ id: 'closing' });
      const child = await returned(
        session,
        'import subprocess; child = subprocess.Popen(["sleep", "1000"]); fujian_return = child.pid',
      );
      const running = session.execute(`print("begun"); ${checkpoint.pass()}`);
      await checkpoint.arrival();
      const outcomes = Promise.allSettled([running, session.execute('pass')]);
      await python.service.close('closing');
      expect(await outcomes).toMatchObject([
        {
          reason: {
            death: { cause: 'closed', reason: 'it was closed' },
            partialOutput: { stdout: 'begun\n' },
          },
        },
        { reason: { started: false } },
      ]);
      expect(session.condition).toBe('closed');
      const unknown = { code: 'FUJIAN_SESSION_NOT_FOUND' };
      await expect(session.execute('pass')).rejects.toMatchObject(unknown);
      await expect(session.restart()).rejects.toMatchObject(unknown);
      expect(() => python.service.session('closing')).toThrow('Context closing not found');
      await eventually(() => !isAlive(child));
    });

    it('but main, which is there as long as the service', async () => {
      await expect(python.service.close('main')).rejects.toMatchObject({
        code: 'FUJIAN_SESSION_PERMANENT',
      });
    });

    it('not twice', async () => {
      const { id } = await create();
      await Promise.all([
        python.service.close(id),
        python.service.close(id).catch(() => undefined),
      ]);
      await expect(python.service.close(id)).rejects.toMatchObject({
        code: 'FUJIAN_SESSION_NOT_FOUND',
      });
    });

    it('once, however often that is asked for, and their ids are free by then', async () => {
      const events: string[] = [];
      const subscription = python.service.sessionEvents.subscribe(({ session, type }) =>
        events.push(`${session} ${type}`),
      );
      await create({ id: 'again' });
      const closed = [python.service.close('again'), python.service.close('again')];
      await Promise.race(closed);
      const next = await create({ id: 'again' });
      await Promise.all(closed);
      subscription.unsubscribe();
      expect(python.service.session('again')).toBe(next);
      expect(events.filter((event) => event === 'again closed')).toHaveLength(1);
    });

    it('while what they begin with runs without an end', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'fujian-sessions-'));
      try {
        writeFileSync(join(folder, 'endless.py'), checkpoint.pass());
        const creating = create({ id: 'endless', cwd: folder, preload: ['endless'] });
        await checkpoint.arrival();
        await Promise.all([
          expect(creating).rejects.toMatchObject({ code: 'FUJIAN_INTERPRETER_START' }),
          python.service.close('endless'),
        ]);
        expect(python.service.hasSession('endless')).toBe(false);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it('with what they run in isolation', async () => {
      const session = await create({ id: 'isolating' });
      const isolated = session.execute(`print("begun"); ${checkpoint.pass()}`, { isolated: true });
      await checkpoint.arrival();
      await Promise.all([
        expect(isolated).rejects.toMatchObject({
          message: 'The Python interpreter ended: it was closed.',
          partialOutput: { stdout: 'begun\n' },
        }),
        python.service.close('isolating'),
      ]);
    });

    it('not while they run code in isolation, however long', async () => {
      stopIdleClock();
      const culling = await TestPython.start({ start, idleTimeout: IDLE });
      try {
        const session = await culling.service.createSession();
        const isolated = session.execute(checkpoint.pass(), { isolated: true });
        const { letThrough } = await checkpoint.arrival();
        const idle = await culling.service.createSession();
        vi.advanceTimersByTime(2 * IDLE);
        await eventually(() => idle.condition === 'closed');
        expect(session.condition).toBe('idle');
        letThrough();
        await isolated;
      } finally {
        await culling.close();
      }
    });

    it('with the service, which lets finish what runs in isolation, and takes no more', async () => {
      const ending = await TestPython.start({ start, shutdownGrace: 60_000 });
      const session = await ending.service.createSession();
      const isolated = session.execute(`${checkpoint.pass()}; fujian_return = "finished"`, {
        isolated: true,
      });
      const { letThrough } = await checkpoint.arrival();
      const closed = ending.close();
      await eventually(() => !ending.service.hasSession('main'));
      const refused = { code: 'FUJIAN_SHUTTING_DOWN' };
      await expect(ending.execute('pass')).rejects.toMatchObject(refused);
      await expect(ending.service.createSession()).rejects.toMatchObject(refused);
      letThrough();
      expect((await isolated).return).toBe('finished');
      await closed;
      await expect(ending.service.createSession()).rejects.toMatchObject(refused);
    });

    it('when nobody has used them for a while, but not those in use', async () => {
      stopIdleClock();
      const culling = await TestPython.start({ start, idleTimeout: IDLE });
      try {
        const [idle, busy, heard] = await Promise.all(
          [1, 2, 3].map(() => culling.service.createSession()),
        );
        const running = busy!.execute(checkpoint.pass());
        const { letThrough } = await checkpoint.arrival();
        const connection = heard!.connect({
          pushed: () => undefined,
          printedBetweenRuns: () => undefined,
          interpreterDied: () => undefined,
          sessionClosed: () => undefined,
        });
        vi.advanceTimersByTime(2 * IDLE);
        await eventually(() => idle!.condition === 'closed');
        expect([busy!.condition, heard!.condition]).toEqual(['busy', 'idle']);
        letThrough();
        await running;
        connection.close();
        vi.advanceTimersByTime(2 * IDLE);
        await eventually(() => culling.service.sessions().length === 1);
        expect(await culling.returned('fujian_return = "main is there"')).toBe('main is there');
      } finally {
        await culling.close();
      }
    });
  });

  describe('tell', () => {
    it('their events', async () => {
      const events: SessionEvent[] = [];
      const subscription = python.service.sessionEvents.subscribe((event) => events.push(event));
      const session = await create({ id: 'told' });
      await session.execute('pass');
      await session.execute('import os; os._exit(3)').catch(() => undefined);
      await session.execute('pass');
      const fork = await python.service.fork('told', { id: 'forked' });
      await python.service.close('told');
      subscription.unsubscribe();
      expect(
        events.map(({ session: id, type, generation }) => `${id} ${type} ${generation}`),
      ).toEqual([
        'told created 0',
        'told started 1',
        'told busy 1',
        'told idle 1',
        'told busy 1',
        'told died 1',
        'told started 2',
        'told busy 2',
        'told idle 2',
        'forked created 0',
        'forked started 1',
        'told died 2',
        'told closed 2',
      ]);
      expect(events.find(({ type }) => type === 'died')).toMatchObject({
        cause: 'exit',
        reason: 'exit code 3',
      });
      expect(events.find((event) => event.type === 'created' && event.forkOf)).toMatchObject({
        session: 'forked',
        forkOf: 'told',
      });
      expect(fork.session.condition).toBe('idle');
    });

    it('their condition', async () => {
      const session = await create({ id: 'known', cwd: tmpdir() });
      await session.execute('pass');
      const running = session.execute(checkpoint.pass());
      const { letThrough } = await checkpoint.arrival();
      const info = await session.info();
      expect(info).toMatchObject({
        id: 'known',
        state: 'busy',
        cwd: tmpdir(),
        generation: 1,
        executions: 2,
        pending: 1,
      });
      expect(info.memory).toBeGreaterThan(100_000);
      expect(info.memory).toBeLessThan(50_000_000);
      letThrough();
      await running;
      expect((await session.info()).state).toBe('idle');
    });

    it.runIf(existsSync('/proc'))('their ids, in the list of processes', async () => {
      const session = await create({ id: 'titled' });
      const { pid } = await session.info();
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toMatch(
        /^fujian: session titled\.\d+\0/,
      );
    });
  });

  describe('are forked', () => {
    it('with all that they know, and from then on each goes its own way', async () => {
      const parent = await create();
      await returned(
        parent,
        `import itertools
numbers = [1, 2, 3]
counter = itertools.count(10); next(counter)
def double(x): return 2 * x
class Point: pass
point = Point(); point.x = 5`,
      );
      const { session: fork, lostThreads } = await python.service.fork(parent.id);
      expect(lostThreads).toEqual([]);
      const state = 'fujian_return = numbers, next(counter), double(21), point.x';
      expect(await returned(fork, state)).toBe('([1, 2, 3], 11, 42, 5)');
      await returned(parent, 'numbers.append("of the parent")');
      await returned(fork, 'numbers.append("of the fork")');
      expect(await returned(parent, 'fujian_return = numbers')).toBe("[1, 2, 3, 'of the parent']");
      expect(await returned(fork, 'fujian_return = numbers')).toBe("[1, 2, 3, 'of the fork']");
    });

    it('with output, input and pushes of their own', async () => {
      const { session: fork } = await python.service.fork('main');
      const both = await Promise.all(
        Array.from({ length: 50 }, (_, n) => [
          fork.execute(`import os; print("fork ${n}"); os.system("echo sh ${n}")`),
          python.execute(`import os; print("main ${n}"); os.system("echo sh ${n}")`),
        ]).flat(),
      );
      both.forEach(({ stdout }, n) => {
        const number = Math.floor(n / 2);
        expect(stdout).toBe(`${n % 2 === 0 ? 'fork' : 'main'} ${number}\nsh ${number}\n`);
      });
      const asked = await fork.execute('fujian_return = input("?")', { onInput: () => 'heard' });
      expect(asked.return).toBe('heard');
      const pushed: unknown[] = [];
      const connection = fork.connect({
        pushed: (message) => void pushed.push(message),
        printedBetweenRuns: () => undefined,
        interpreterDied: () => undefined,
        sessionClosed: () => undefined,
      });
      await fork.execute('FUJIAN_WS.write_message("of the fork")');
      await python.run('fujian_return = FUJIAN_WS.is_open()');
      expect(pushed).toEqual(['of the fork']);
      connection.close();
    });

    it('also when their streams, saved ones too, have been replaced', async () => {
      const parent = await create();
      await returned(parent, 'import sys, io; saved = sys.stdout; sys.stdout = io.StringIO()');
      const { session: fork } = await python.service.fork(parent.id);
      const { stdout } = await fork.execute('print("new"); saved.write("saved\\n")');
      expect(stdout).toBe('new\nsaved\n');
    });

    it('whose parent is closed live on, and so do forks of forks', async () => {
      const parent = await create();
      await returned(parent, 'data = "inherited"');
      const { session: fork } = await python.service.fork(parent.id);
      const { session: forkOfFork } = await python.service.fork(fork.id);
      await python.service.close(parent.id);
      await python.service.close(fork.id);
      expect(await returned(forkOfFork, 'fujian_return = data')).toBe('inherited');
    });

    it('die with their reason, and the parent is untouched', async () => {
      const parent = await create();
      await returned(parent, 'data = 1');
      const { session: fork } = await python.service.fork(parent.id);
      await expect(fork.execute('import ctypes; ctypes.string_at(0)')).rejects.toMatchObject({
        death: { reason: 'killed by SIGSEGV' },
        partialOutput: { stderr: expect.stringContaining('Segmentation fault') },
      });
      expect(await returned(parent, 'fujian_return = data')).toBe('1');
      // A new interpreter takes its place, not another fork.
      expect(await returned(fork, 'fujian_return = "data" in globals()')).toBe('False');
    });

    it('can be interrupted, limited by a timeout, restarted like any other', async () => {
      const { session: fork } = await python.service.fork('main');
      const { error } = await fork.execute('import time; time.sleep(1000)', { timeout: 50 });
      expect(error?.type).toBe('ExecutionTimeoutError');
      await fork.restart();
      expect(await returned(fork, 'fujian_return = "fresh"')).toBe('fresh');
    });

    it('not while they run code', async () => {
      const parent = await create({ id: 'busy' });
      const running = parent.execute(checkpoint.pass());
      const { letThrough } = await checkpoint.arrival();
      await expect(python.service.fork('busy')).rejects.toMatchObject({
        code: 'FUJIAN_SESSION_BUSY',
        message: expect.stringMatching(/^Session 'busy' cannot be forked while it is busy/),
      });
      letThrough();
      await running;
      await python.service.fork('busy');
    });

    it.each([
      'import json, os, socket; json.dumps = json.loads = os.fork = socket.socket = None',
      'import signal; signal.setitimer(signal.ITIMER_REAL, 1e-3, 1e-3); signal.signal(signal.SIGALRM, lambda *_: None)',
      'import sys, os; sys.stdout.close(); sys.stderr = None; os.closerange(0, 200)',
      'import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))',
    ])('whatever their code has done to its process: %s', async (code) => {
      const parent = await create();
      await returned(parent, code);
      const { session: fork } = await python.service.fork(parent.id);
      expect((await fork.execute('print("of the fork")')).stdout).toBe('of the fork\n');
      expect(parent.generation).toBe(1);
    });

    it('or keep their state, and say why a fork failed', async () => {
      const parent = await create();
      await returned(parent, 'from _fujian import originals; kept = 1; originals.os.fork = None');
      await expect(python.service.fork(parent.id)).rejects.toMatchObject({
        code: 'FUJIAN_INTERPRETER_START',
        message: expect.stringMatching(/^The session could not be forked: /),
      });
      expect(await returned(parent, 'fujian_return = kept')).toBe('1');
    });

    it('also where children are reaped by themselves', async () => {
      const parent = await create();
      await returned(parent, 'import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)');
      const { session: fork } = await python.service.fork(parent.id);
      expect(await returned(fork, 'fujian_return = "forked"')).toBe('forked');
    });

    it('without their threads, which are named', async () => {
      const parent = await create();
      await returned(
        parent,
        `import threading
thread = threading.Thread(target=lambda: ${checkpoint.pass()}, name="worker", daemon=True)
thread.start()`,
      );
      const { letThrough } = await checkpoint.arrival();
      const { session: fork, lostThreads } = await python.service.fork(parent.id);
      expect(lostThreads).toEqual(['worker']);
      expect(await returned(fork, 'fujian_return = threading.active_count()')).toBe('1');
      expect((await fork.execute('print("quiet")')).stderr).toBe('');
      letThrough();
    });

    it('and share the files that were open, as after os.fork()', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'fujian-sessions-'));
      try {
        const parent = await create({ cwd: folder });
        await returned(parent, 'file = open("shared", "w", buffering=1); print("a", file=file)');
        const { session: fork } = await python.service.fork(parent.id);
        await returned(fork, 'print("b", file=file)');
        await returned(parent, 'print("c", file=file)');
        expect(readFileSync(join(folder, 'shared'), 'utf8')).toBe('a\nb\nc\n');
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it('and draw other random numbers than their siblings', async () => {
      const parent = await create();
      await returned(parent, 'import random');
      const forks = await Promise.all([1, 2, 3].map(() => python.service.fork(parent.id)));
      const drawn = await Promise.all(
        forks.map(({ session }) => returned(session, 'fujian_return = random.random()')),
      );
      expect(new Set(drawn).size).toBe(3);
    });
  });

  describe('read in isolation', () => {
    it('give their state and keep it', async () => {
      const session = await create();
      await returned(session, 'data = [1]; count = 0');
      const isolated = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          session.execute(`data.append(${n}); count += 1; print(data); fujian_return = count`, {
            isolated: true,
          }),
        ),
      );
      expect(isolated.map(({ stdout, return: count }) => [stdout, count])).toEqual(
        Array.from({ length: 20 }, (_, n) => [`[1, ${n}]\n`, '1']),
      );
      expect(await returned(session, 'fujian_return = data, count')).toBe('([1], 0)');
      expect(python.service.sessions()).toHaveLength(2);
    });

    it('see what was asked for before them, and nothing after', async () => {
      const session = await create();
      const before = session.execute(`${checkpoint.pass()}; data = "before"`);
      const { letThrough } = await checkpoint.arrival();
      const isolated = session.execute('fujian_return = data', { isolated: true });
      const after = session.execute('data = "after"');
      letThrough();
      await Promise.all([before, after]);
      expect((await isolated).return).toBe('before');
    });

    it('die alone', async () => {
      const session = await create();
      await returned(session, 'data = 1');
      await expect(
        session.execute('import os; os._exit(4)', { isolated: true }),
      ).rejects.toMatchObject({ message: 'The Python interpreter ended: exit code 4.' });
      expect(await returned(session, 'fujian_return = data')).toBe('1');
      expect(session.generation).toBe(1);
    });

    it('are aborted while they wait for their turn', async () => {
      const session = await create();
      const running = session.execute(checkpoint.pass());
      const { letThrough } = await checkpoint.arrival();
      const aborts = Array.from({ length: 20 }, () => new AbortController());
      const all = aborts.map(({ signal }) => session.execute('pass', { isolated: true, signal }));
      for (const abort of aborts) abort.abort();
      for (const outcome of await Promise.allSettled(all)) {
        expect(outcome).toMatchObject({ reason: { code: 'FUJIAN_EXECUTION_ABORTED' } });
      }
      letThrough();
      await running;
      const again = Array.from({ length: 20 }, (_, n) =>
        session.execute(`fujian_return = ${n}`, { isolated: true }),
      );
      expect((await Promise.all(again)).map(({ return: value }) => value)).toEqual(
        Array.from({ length: 20 }, (_, n) => String(n)),
      );
    });

    it('are interrupted with their session', async () => {
      const session = await create();
      const running = session.execute('while True: int()', { isolated: true });
      await eventually(() => session.interrupt());
      expect((await running).error?.type).toBe('KeyboardInterrupt');
    });

    it('can be streamed, timed out and aborted', async () => {
      const events = [];
      for await (const event of python.service.stream('print("x")', { isolated: true })) {
        events.push(event.type);
      }
      expect([...new Set(events)]).toEqual(['stdout', 'result', 'done']);
      const { error } = await python.execute('while True: int()', { isolated: true, timeout: 50 });
      expect(error?.type).toBe('ExecutionTimeoutError');
      const aborting = new AbortController();
      const { signal } = aborting;
      const code = 'print("begun")\nwhile True: int()';
      const ends = [];
      for await (const event of python.service.stream(code, { isolated: true, signal })) {
        if (event.type === 'stdout') aborting.abort();
        if (event.type === 'error') ends.push(event.error.type);
      }
      expect(ends).toEqual(['KeyboardInterrupt']);
    });
  });
});

describe('the supervisor', () => {
  const supervisorOf = (python: TestPython) =>
    python.returned('import os; fujian_return = os.getppid()');

  it.each(['fork', 'spawn'] as const)(
    'that is killed is replaced, and all its sessions too: %s',
    async (start) => {
      const python = await TestPython.start({ start });
      try {
        const session = await python.service.createSession();
        const { session: fork } = await python.service.fork('main');
        const all = [python.service.session('main'), session, fork];
        const running = all.map((one) => one.execute('import time; time.sleep(1000)'));
        await eventually(() => all.every(({ condition }) => condition === 'busy'));
        const pids = await Promise.all(all.map(async (one) => (await one.info()).pid));
        const control = await python.service.createSession();
        process.kill(
          Number(await returned(control, 'import os; fujian_return = os.getppid()')),
          'SIGKILL',
        );
        for (const outcome of await Promise.allSettled(running)) {
          expect(outcome).toMatchObject({
            reason: {
              death: {
                cause: 'supervisor',
                reason: 'its supervisor process ended (killed by SIGKILL)',
              },
            },
          });
        }
        for (const one of all) expect(await returned(one, 'fujian_return = "again"')).toBe('again');
        for (const pid of pids) await eventually(() => !isAlive(String(pid)));
        expect(
          new Set(
            await Promise.all([
              supervisorOf(python),
              returned(session, 'import os; fujian_return = os.getppid()'),
            ]),
          ).size,
        ).toBe(1);
      } finally {
        await python.close();
      }
    },
  );

  it('that fails says how, to those that it takes along and to those that it cannot start', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'fujian-supervisor-'));
    const broken = join(cwd, 'broken');
    writeFileSync(
      join(cwd, 'fails.py'),
      `from _fujian.originals import json, os
loads = json.loads
def loads_or_fails(*args):
  if os.path.exists(${JSON.stringify(broken)}): raise RuntimeError('the test wants it')
  return loads(*args)
json.loads = loads_or_fails`,
    );
    const python = await TestPython.start({ cwd, preload: ['fails'] });
    try {
      const running = python.execute('import time; time.sleep(1000)');
      await eventually(() => python.service.session('main').condition === 'busy');
      writeFileSync(broken, '');
      const how = '(exit code 1: RuntimeError: the test wants it)';
      await Promise.all([
        expect(running).rejects.toThrow(`its supervisor process ended ${how}.`),
        expect(python.service.createSession()).rejects.toThrow(
          `The supervisor of the interpreters ended ${how}.`,
        ),
      ]);
    } finally {
      await python.close();
      rmSync(cwd, { recursive: true });
    }
  });

  it.each(['fork', 'spawn'] as const)(
    'says which module cannot be preloaded: %s',
    async (start) => {
      const options: ExecutionOptions = { start, preload: ['no_such_module'] };
      await expect(TestPython.start(options)).rejects.toThrow(
        /The option preload .FUJIAN_PRELOAD. names the module 'no_such_module', which .* cannot import: ModuleNotFoundError/,
      );
    },
  );

  it.runIf(existsSync('/proc')).each(['fork', 'spawn'] as const)(
    'that is killed while it starts sessions leaves none of them: %s',
    async (start) => {
      const mark = (process.env[MARK] = randomUUID());
      const python = await TestPython.start({ start });
      try {
        const rounds = start === 'fork' ? times(3, 20) : times(1, 3);
        for (let round = 0; round < rounds; round++) {
          const session = await python.service.createSession();
          const pid = Number(await returned(session, 'import os; fujian_return = os.getppid()'));
          const all = Array.from({ length: 10 }, () => python.service.createSession());
          process.kill(pid, 'SIGKILL');
          for (const outcome of await Promise.allSettled(all)) {
            if (outcome.status === 'fulfilled') continue;
            expect(outcome.reason).toMatchObject({ code: 'FUJIAN_INTERPRETER_START' });
          }
          const [, ...others] = python.service.sessions();
          await Promise.all(others.map(({ id }) => python.service.close(id)));
          await eventually(() =>
            python.execute('pass').then(
              () => true,
              () => false, // the interpreter was being replaced
            ),
          );
        }
      } finally {
        await python.close();
      }
      await eventually(() => processesMarked(mark).length === 0);
    },
  );

  it('replaces what was kept ready and has died', async () => {
    const python = await TestPython.start({ start: 'spawn' });
    try {
      await python.run(
        `import os, signal
me = os.getppid()
def kept_ready():
  children = map(int, open(f"/proc/{me}/task/{me}/children").read().split())
  return {child for child in children if child != os.getpid()}
ended = kept_ready()
for pid in ended: os.kill(pid, signal.SIGKILL)
while ended & kept_ready(): pass`,
      );
      const session = await python.service.createSession();
      expect(await returned(session, 'fujian_return = "ready"')).toBe('ready');
    } finally {
      await python.close();
    }
  });
});

function isAlive(pid: string): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Stops the idle clock, so that the test decides how long sessions are idle. */
function stopIdleClock(): void {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
}
