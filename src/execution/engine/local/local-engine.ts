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
import { newMarker } from './output/output-marker.js';
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
  /** How sessions come to be: forks of one process, or processes of their own, of which one is kept ready. */
  readonly start: 'fork' | 'spawn';
  readonly preload: readonly string[];
  readonly cwd: string | undefined;
  readonly outputLimit: number;
  /** What the supervisor and sessions that are not set up yet print. */
  readonly log: (line: string) => void;
}

/** Never to be seen by user code. */
const SECRETS = ['FUJIAN_TOKEN'];

const NO_FORKS =
  'Sessions can be forked on Linux alone: elsewhere nobody could tell how the fork ends. Create a new one.';
/**
 * What is large is kept in huge pages, where the system leaves that to its programs: a fork copies an entry for each
 * page. Taken back in preload.py, so that user code does not hand it on.
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

/** CPython interpreters on this machine: a supervisor that forks them, a channel to each. */
export class LocalEngine implements InterpreterEngine {
  private running: Running | undefined;
  private beingStarted: Promise<Running> | undefined;
  private python: PythonInfo | undefined;
  private readonly starting = new Map<string, Starting>();
  private readonly interpreters = new Map<string, LocalInterpreter>();
  /** How many of itself each makes now, where that matters. */
  private readonly clones = new WeakMap<LocalInterpreter, number>();
  private forks = 0;
  private isStopped = false;
  /** Of the supervisor before. */
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
      // Its supervisor has ended, which is no fault of this interpreter's.
      return this.startIn(await this.ready(), spec, observer);
    }
  }

  private startIn(
    running: Running,
    { session, cwd, env, limits }: InterpreterSpec,
    observer: InterpreterObserver,
  ): Promise<Interpreter> {
    if (cwd !== undefined && !existsSync(cwd)) {
      const message = `The working directory ${cwd} is not there any more.`;
      return Promise.reject(new InterpreterStartError(message));
    }
    return this.bringUp(running, session, { limits, cwd }, observer, (spec) => {
      running.supervisor.fork({ ...spec, environment: env, ...(cwd !== undefined && { cwd }) });
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
    // Asked for at once: what is submitted to the parent from now on comes after the fork.
    const begin = async (spec: SessionSpec): Promise<void> => {
      const { session: name, limits: set } = spec;
      this.countClones(running, parent, 1);
      try {
        const clone = await parent.clone(spec);
        ({ lostThreads } = clone);
        const processes = set.processes === undefined ? {} : { processes: set.processes };
        running.supervisor.adopt({ session: name, pid: clone.pid, ...processes });
      } finally {
        this.countClones(running, parent, -1);
      }
    };
    const interpreter = await this.bringUp(running, session, { limits, cwd }, observer, begin);
    return { interpreter, lostThreads };
  }

  /** Nobody counts the processes of a session that may have any number. */
  private countClones({ supervisor }: Running, parent: LocalInterpreter, more: 1 | -1): void {
    if (parent.parts.limits.processes === undefined) return;
    const clones = (this.clones.get(parent) ?? 0) + more;
    this.clones.set(parent, clones);
    supervisor.cloning({ pid: parent.pid, clones });
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.beingStarted?.catch(() => undefined); // whoever waits for it hears of it
    const running = this.running;
    if (!running) return;
    this.running = undefined;
    running.channels.close();
    await running.supervisor.stop();
    running.directory.remove();
  }

  /** One supervisor, however many ask for it at once; another if that has ended. */
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

  /** @param begin asks for the process. */
  private async bringUp(
    { directory, channels }: Running,
    session: SessionId,
    { limits, cwd }: { limits: SessionLimits; cwd: string | undefined },
    observer: InterpreterObserver,
    begin: (spec: SessionSpec) => void | Promise<void>,
  ): Promise<LocalInterpreter> {
    // One name for each process: an old one's death must not be taken for its successor's.
    const name = `${session}.${(this.forks += 1)}`;
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
      // A clone may have connected before the session that it was forked from ended; it ends with that.
      void greeting.then(({ connection }) => connection.socket.destroy());
      throw error;
    } finally {
      forget();
      this.starting.delete(name);
      // Both ends have them open by now, or there will never be two.
      for (const path of [stdoutPath, stderrPath]) rmSync(path, { force: true });
    }
  }

  private follow({ supervisor, directory, channels }: Running): void {
    supervisor.on('line', this.options.log);
    supervisor.on('forkFailed', ({ session, message }) =>
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
