import { existsSync, rmSync } from 'node:fs';
import { InterpreterStartError } from '../../../errors/start-errors.js';
import type { SessionId } from '../../ids.js';
import type { SessionLimits } from '../../session-limits.js';
import type {
  EngineCondition,
  ForkedInterpreter,
  Interpreter,
  InterpreterEngine,
  InterpreterObserver,
  InterpreterSpec,
  PythonInfo,
} from '../engine.js';
import { ChannelServer } from './channel/channel-server.js';
import { LocalInterpreter } from './local-interpreter.js';
import { newMarker } from './output/output-pipe.js';
import { locatePython } from './process/python-locator.js';
import { RuntimeDirectory, sweepRuntimeDirectories } from './channel/runtime-directory.js';
import {
  type SessionSpec,
  type SpecLimits,
  type SupervisorEnd,
  SupervisorProcess,
} from './process/supervisor-process.js';

export interface LocalEngineOptions {
  readonly python: string | undefined;
  readonly version: string;
  /** `fork` forks sessions from the supervisor. `spawn` starts processes and keeps one ready. */
  readonly start: 'fork' | 'spawn';
  readonly preload: readonly string[];
  readonly cwd: string | undefined;
  readonly outputLimit: number;
  /** Gets the lines that the supervisor, and sessions before their setup, print. */
  readonly log: (line: string) => void;
}

/** Environment variables that are hidden from user code. */
const SECRETS = ['FUJIAN_TOKEN'];

const NO_FORKS =
  'Sessions can be forked only on Linux: elsewhere the service cannot see how the fork ends. Create a new session instead.';
/**
 * Has glibc use huge pages for large allocations, because a fork copies one table entry per page.
 * preload.py removes the variable again, so that user code does not pass it to its subprocesses.
 */
const HUGE_PAGES = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };

interface Starting {
  fail(error: Error): void;
}

interface Running {
  readonly directory: RuntimeDirectory;
  readonly channels: ChannelServer;
  readonly supervisor: SupervisorProcess;
}

/** Engine that runs CPython interpreters on this machine, forked by a supervisor process. */
export class LocalEngine implements InterpreterEngine {
  private running: Running | undefined;
  private beingStarted: Promise<Running> | undefined;
  private python: PythonInfo | undefined;
  private readonly starting = new Map<string, Starting>();
  private readonly interpreters = new Map<string, LocalInterpreter>();
  /** Number of forks under way per interpreter with a process limit. */
  private readonly pendingForks = new WeakMap<LocalInterpreter, number>();
  private processCount = 0;
  private isStopped = false;
  /** End of the previous supervisor. */
  private lastEnd: SupervisorEnd | undefined;

  constructor(private readonly options: LocalEngineOptions) {}

  get condition(): EngineCondition {
    if (this.running) return 'up';
    return this.beingStarted ? 'starting' : 'down';
  }

  async start(): Promise<PythonInfo> {
    await this.ready();
    return this.python!;
  }

  async startInterpreter(
    spec: InterpreterSpec,
    observer: InterpreterObserver,
  ): Promise<Interpreter> {
    const running = await this.ready();
    try {
      return await this.startIn(running, spec, observer);
    } catch (error) {
      if (this.running === running || this.isStopped) throw error;
      // The supervisor ended during the start, so a new one is tried once.
      return this.startIn(await this.ready(), spec, observer);
    }
  }

  private startIn(
    running: Running,
    { session, cwd, env, limits }: InterpreterSpec,
    observer: InterpreterObserver,
  ): Promise<Interpreter> {
    if (cwd !== undefined && !existsSync(cwd)) {
      const message = `The working directory ${cwd} does not exist any more.`;
      return Promise.reject(new InterpreterStartError(message));
    }
    return this.bringUp(running, session, { limits, cwd }, observer, (spec) => {
      running.supervisor.startSession({
        ...spec,
        environment: env,
        ...(cwd !== undefined && { cwd }),
      });
    });
  }

  async forkInterpreter(
    parent: Interpreter,
    session: SessionId,
    observer: InterpreterObserver,
  ): Promise<ForkedInterpreter> {
    if (!(parent instanceof LocalInterpreter))
      throw new TypeError('an interpreter of another engine');
    if (process.platform !== 'linux') throw new InterpreterStartError(NO_FORKS);
    const { limits, cwd } = parent.parts;
    let lostThreads: readonly string[] = [];
    const { running } = this;
    if (!running) throw supervisorEnded(this.lastEnd);
    // Sends FORK at once, so that executions submitted to the parent from now on run after the fork.
    const begin = async (spec: SessionSpec): Promise<void> => {
      const { session: name, limits: set } = spec;
      this.countForks(running, parent, 1);
      try {
        const fork = await parent.fork(spec);
        ({ lostThreads } = fork);
        const processes = set.processes === undefined ? {} : { processes: set.processes };
        running.supervisor.adopt({ session: name, pid: fork.pid, ...processes });
      } finally {
        this.countForks(running, parent, -1);
      }
    };
    const interpreter = await this.bringUp(running, session, { limits, cwd }, observer, begin);
    return { interpreter, lostThreads };
  }

  /** Tells the supervisor about forks under way. Does nothing without a process limit. */
  private countForks({ supervisor }: Running, parent: LocalInterpreter, more: 1 | -1): void {
    if (parent.parts.limits.processes === undefined) return;
    const forks = (this.pendingForks.get(parent) ?? 0) + more;
    this.pendingForks.set(parent, forks);
    supervisor.forking({ pid: parent.pid, forks });
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.beingStarted?.catch(() => undefined); // its callers get the error
    const running = this.running;
    if (!running) return;
    this.running = undefined;
    running.channels.close();
    await running.supervisor.stop();
    running.directory.remove();
  }

  /** Returns the running supervisor, or starts one. Concurrent callers share one start. */
  private ready(): Promise<Running> {
    if (this.running) return Promise.resolve(this.running);
    return (this.beingStarted ??= this.startSupervisor().finally(
      () => (this.beingStarted = undefined),
    ));
  }

  private async startSupervisor(): Promise<Running> {
    const python = this.python?.executable ?? locatePython(this.options.python, process.env);
    const directory = new RuntimeDirectory();
    const channels = new ChannelServer(directory.channel);
    try {
      await channels.listen();
      await sweepRuntimeDirectories();
      const [supervisor, { executable, version }] = await SupervisorProcess.start({
        ...this.options,
        python,
        environment: environmentOfPython(),
      });
      this.running = { directory, channels, supervisor };
      this.follow(this.running);
      this.python = { executable, version };
      return this.running;
    } catch (error) {
      channels.close();
      directory.remove();
      throw error;
    }
  }

  /**
   * Starts one interpreter and waits until it is connected.
   *
   * @param begin requests the process.
   * @throws InterpreterStartError if the process cannot start or ends first.
   */
  private async bringUp(
    { directory, channels }: Running,
    session: SessionId,
    { limits, cwd }: { limits: SessionLimits; cwd: string | undefined },
    observer: InterpreterObserver,
    begin: (spec: SessionSpec) => void | Promise<void>,
  ): Promise<LocalInterpreter> {
    // A unique name per process keeps an old process's death apart from its successor's.
    const name = `${session}.${(this.processCount += 1)}`;
    const [stdoutPath, stderrPath] = [directory.join(`${name}.out`), directory.join(`${name}.err`)];
    const marker = newMarker();
    const { token, greeting, forget } = channels.expect();
    const failed = new Promise<never>((_, fail) => this.starting.set(name, { fail }));
    const begun = begin({
      session: name,
      version: this.options.version,
      token,
      channel: channels.path,
      stdout: stdoutPath,
      stderr: stderrPath,
      marker: marker.toString('hex'),
      limits: specOf(limits),
    });
    try {
      const [{ pid, connection }] = await Promise.race([Promise.all([greeting, begun]), failed]);
      const { outputLimit } = this.options;
      const interpreter = new LocalInterpreter(
        { pid, connection, stdoutPath, stderrPath, marker, outputLimit, limits, cwd },
        observer,
      );
      this.interpreters.set(name, interpreter);
      return interpreter;
    } catch (error) {
      // If the parent ends after its fork has connected, the fork ends too.
      void greeting.then(({ connection }) => connection.socket.destroy());
      throw error;
    } finally {
      forget();
      this.starting.delete(name);
      // By now both ends have opened the FIFOs, or the start has failed.
      for (const path of [stdoutPath, stderrPath]) rmSync(path, { force: true });
    }
  }

  private follow({ supervisor, directory, channels }: Running): void {
    supervisor.on('line', this.options.log);
    supervisor.on('startFailed', ({ session, message }) =>
      this.starting
        .get(session)
        ?.fail(new InterpreterStartError(`The operating system refused to fork: ${message}.`)),
    );
    supervisor.on('exited', (exit) => {
      const how = exit.signal ? `killed by ${exit.signal}` : `exit code ${exit.code}`;
      this.starting
        .get(exit.session)
        ?.fail(new InterpreterStartError(`The interpreter ended before it was ready: ${how}.`));
      void this.interpreters.get(exit.session)?.exited(exit);
      this.interpreters.delete(exit.session);
    });
    supervisor.once('ended', (end) => {
      this.lastEnd = end;
      if (this.running?.supervisor === supervisor) {
        this.running = undefined; // the next interpreter starts another
        channels.close();
        directory.remove();
      }
      for (const starting of this.starting.values()) {
        starting.fail(supervisorEnded(end));
      }
      for (const interpreter of this.interpreters.values()) {
        void interpreter.exited(end);
      }
      this.interpreters.clear();
    });
  }
}

function supervisorEnded(end: SupervisorEnd | undefined): InterpreterStartError {
  const how = end === undefined ? '' : ` (${end.how})`;
  return new InterpreterStartError(`The supervisor of the interpreters ended${how}.`);
}

function specOf({ cpuTime, ...limits }: SessionLimits): SpecLimits {
  const set = Object.entries(limits).filter(([, limit]) => limit !== undefined);
  return {
    ...Object.fromEntries(set),
    ...(cpuTime !== undefined && { cpuTime: Math.max(1, Math.ceil(cpuTime / 1000)) }),
  };
}

function environmentOfPython(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...HUGE_PAGES, ...process.env };
  for (const secret of SECRETS) delete environment[secret];
  return environment;
}
