import { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
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
import type { InterpreterObserver, Submission } from '../../src/execution/engine/engine.js';
import { LocalEngine } from '../../src/execution/engine/local/local-engine.js';
import type { ConnectionId, ExecutionId, SessionId } from '../../src/execution/ids.js';
import type { Death } from '../../src/errors/interpreter-death.js';
import { Checkpoint } from '../support/checkpoint.js';
import { eventually } from '../support/eventually.js';
import { CAN_LOOK_AT_PROCESSES } from '../support/processes.js';
import { TestPython } from '../support/python.js';
import { anyPython } from '../support/pythons.js';
import { requireOrSkip } from '../support/requirement.js';
import { StoppedTimers } from '../support/stopped-timers.js';

describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('the supervisor', () => {
  let directory: string;
  let python: TestPython;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'supervision-'));
  });
  beforeEach(async () => {
    vi.stubEnv('TMPDIR', directory);
    python = await TestPython.start();
    await python.run('pass');
  });
  afterEach(async () => {
    await python.close();
    expect(readdirSync(directory)).toEqual([]);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true });
  });

  const supervisor = async () =>
    Number(await python.returned('import os; fujian_return = os.getppid()'));

  /** Removes the directory for temporary files with all that is in it. */
  function emptyDirectory(): void {
    for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
  }

  it('names the process of a fork, whatever the session says of itself', async () => {
    const victim = await python.service.createSession();
    const { pid } = await victim.info();
    const liar = await python.service.createSession();
    await liar.execute(`import os; os.getpid = lambda: ${pid}`);
    const { session: fork } = await python.service.fork(liar.id);
    const { return: own } = await fork.execute(
      'import os; fujian_return = os.path.basename(os.path.realpath("/proc/self"))',
    );
    expect((await fork.info()).pid).toBe(Number(own));
    await python.service.close(fork.id);
    expect((await victim.execute('fujian_return = "alive"')).return).toBe('alive');
    expect((await victim.info()).pid).toBe(pid);
  });

  it('is continued after user code has stopped it', async () => {
    process.kill(await supervisor(), 'SIGSTOP');
    const [created, forked] = await Promise.all([
      python.service.createSession(),
      python.service.fork('main'),
    ]);
    expect((await created.execute('print(1)')).stdout).toBe('1\n');
    expect((await forked.session.execute('print(2)')).stdout).toBe('2\n');
  });

  it('is a problem of health while it does not answer', async () => {
    const awaken = vi.spyOn(ChildProcess.prototype, 'kill').mockReturnValue(true);
    process.kill(await supervisor(), 'SIGSTOP');
    const created = python.service.createSession();
    await eventually(() => python.service.health.problems.length > 0);
    expect(python.service.health.problems).toEqual([
      'The process that starts interpreters does not answer; it is replaced unless it does soon.',
    ]);
    expect(awaken.mock.calls).toEqual([['SIGCONT']]);
    awaken.mockRestore();
    expect((await (await created).execute('print(1)')).stdout).toBe('1\n');
    await eventually(() => python.service.health.problems.length === 0);
  });

  it('ends with the service, also when user code has stopped it', async () => {
    process.kill(await supervisor(), 'SIGSTOP');
    await python.close();
  });

  it('needs no file that user code can delete', async () => {
    emptyDirectory();
    const { session: fork } = await python.service.fork('main');
    expect((await fork.execute('print(1)')).stdout).toBe('1\n');
    emptyDirectory();
    const created = await python.service.createSession();
    expect((await created.execute('print(2)')).stdout).toBe('2\n');
    emptyDirectory();
    await python.service.restart();
    expect((await python.execute('print(3)')).stdout).toBe('3\n');
    emptyDirectory();
    expect((await python.execute('print(4)', { isolated: true })).stdout).toBe('4\n');
  });

  it('reports the death of a process that cannot be killed, and another takes its place', async () => {
    const pid = Number(await python.returned('import os; fujian_return = os.getpid()'));
    const kill = process.kill.bind(process);
    vi.spyOn(process, 'kill').mockImplementation((target, signal) => {
      if (Math.abs(target) !== pid) return kill(target, signal);
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    });
    const { death } = await python.death('import os; os.execvp("sleep", ["sleep", "1000"])');
    vi.restoreAllMocks();
    expect(death.reason).toBe(
      'it closed its channel to the service and was killed; its process cannot be killed, as it has become a program of another user',
    );
    expect((await python.execute('print(1)')).stdout).toBe('1\n');
    kill(pid, 'SIGKILL');
  });
});

describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('a limit of time', () => {
  let directory: string;
  let checkpoint: Checkpoint;

  /** Starts a Python that preloads a module, which waits at the checkpoint. */
  const startSlowly = (start: 'fork' | 'spawn') =>
    TestPython.start({ cwd: directory, preload: ['slow_module'], start });

  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
    // A new directory: Python takes compiled code for current if its source has the same second and size.
    directory = mkdtempSync(join(tmpdir(), 'limits-'));
    writeFileSync(join(directory, 'slow_module.py'), checkpoint.pass());
  });
  afterEach(() => {
    checkpoint.tearDown();
    rmSync(directory, { recursive: true });
  });

  /** Waits for code at the checkpoint, and for what it sent to this process before. */
  async function arrival(): Promise<void> {
    await checkpoint.arrival();
    await setImmediate();
    await setImmediate();
  }

  it('ends a fork that does not come out of fork(2), with the session', async () => {
    const python = await TestPython.start();
    onTestFinished(() => python.close());
    const session = await python.service.createSession();
    // Waits there as OpenBLAS does while a thread of it is at work.
    await session.execute(`import ctypes
prepare = ctypes.CFUNCTYPE(None)(lambda: ${checkpoint.pass()} and None)
ctypes.CDLL(None).__register_atfork(prepare, None, None, None)`);
    const timers = new StoppedTimers();
    const forked = python.service.fork(session.id);
    const waiting = session.execute('print("after it")');
    await arrival();
    timers.end(10_000);
    await expect(forked).rejects.toThrow(
      'The interpreter that was to be forked did not come out of fork(2) within 10 s, as a thread of it (of BLAS, for example) was at work, and was killed.',
    );
    await expect(waiting).rejects.toThrow('it did not come out of fork(2) within 10 s');
    expect((await session.execute('print("replaced")')).stdout).toBe('replaced\n');
    expect((await session.info()).generation).toBe(2);
  });

  it('ends a process that does not become a session', async () => {
    const starting = startSlowly('spawn');
    (await checkpoint.arrival()).letThrough();
    const python = await starting;
    onTestFinished(() => python.close());
    (await checkpoint.arrival()).letThrough(); // the process that is ready for the next session
    await python.service.createSession();
    await checkpoint.arrival();
    const timers = new StoppedTimers();
    const created = python.service.createSession();
    await setImmediate();
    timers.end(60_000);
    await expect(created).rejects.toThrow(
      'The interpreter was not ready within 60 s and was killed.',
    );
    (await checkpoint.arrival()).letThrough();
    const next = await python.service.createSession();
    expect((await next.execute('print(1)')).stdout).toBe('1\n');
  });

  it('ends a supervisor that does not become ready', async () => {
    const timers = new StoppedTimers();
    const failure = startSlowly('fork').catch((error: Error) => error);
    await arrival();
    timers.end(120_000);
    expect(((await failure) as Error).message).toContain(
      'it was not ready within 120 s, probably because a preloaded module takes longer, and was killed',
    );
  });
});

describe('an error in the handling of a report', () => {
  const fail = (): never => {
    throw new RangeError('boom');
  };
  const ends = 'this service failed to handle its messages (boom), and killed it';

  it.each<[keyof InterpreterObserver, Partial<Submission>]>([
    ['done', { code: '' }],
    ['began', { code: '1', isInteractive: true }],
    ['showed', { code: '1', isInteractive: true }],
    ['pushed', { code: 'FUJIAN_WS.write_message("text")', connection: 1 as ConnectionId }],
    ['printed', { code: 'print(1)', streams: true }],
    ['asked', { code: 'input()', answersInput: true }],
    // Prints until it is killed with the interpreter, so also after the code has ended.
    ['printedBetweenRuns', { code: 'import os\nif os.fork() == 0:\n  while True: print("later")' }],
    ['logged', { code: 'import fujian; fujian.log(1)' }],
  ])('%s ends that interpreter, with the reason', async (report, submission) => {
    const engine = await startedEngine();
    let died!: (death: Death) => void;
    const death = new Promise<Death>((resolve) => (died = resolve));
    const observer = { ...silentObserver(), died, [report]: fail };
    const interpreter = await engine.startInterpreter(SPEC, observer);
    if (submission.connection) interpreter.connectionOpened(submission.connection);
    interpreter.submit({ ...NOTHING, ...submission });
    const { cause, reason } = await death;
    expect({ cause, reason }).toEqual({ cause: 'channel', reason: ends });
  });

  it('died is logged, and the engine goes on', async () => {
    const lines: string[] = [];
    const engine = await startedEngine(lines);
    const interpreter = await engine.startInterpreter(SPEC, { ...silentObserver(), died: fail });
    interpreter.kill({ cause: 'closed', reason: 'it was closed' });
    await eventually(() => lines.join('\n').includes('RangeError: boom'));
    await engine.startInterpreter(SPEC, silentObserver());
  });

  const SPEC = { session: 'main' as SessionId, cwd: undefined, env: {}, limits: {} };
  const NOTHING: Submission = {
    id: 1 as ExecutionId,
    code: '',
    operation: undefined,
    filename: undefined,
    connection: undefined,
    ownsConnection: false,
    streams: false,
    answersInput: false,
    isInteractive: false,
    env: {},
  };

  async function startedEngine(lines: string[] = []): Promise<LocalEngine> {
    const engine = new LocalEngine({
      python: anyPython().path,
      version: '0',
      start: 'fork',
      preload: [],
      cwd: undefined,
      outputLimit: 1_000,
      log: (line) => void lines.push(line),
      warn: (message) => void lines.push(message),
    });
    onTestFinished(() => engine.stop());
    await engine.start();
    return engine;
  }

  function silentObserver(): InterpreterObserver {
    return {
      done: () => undefined,
      began: () => undefined,
      showed: () => undefined,
      pushed: () => undefined,
      printed: () => undefined,
      asked: () => undefined,
      printedBetweenRuns: () => undefined,
      logged: () => undefined,
      died: () => undefined,
    };
  }
});
