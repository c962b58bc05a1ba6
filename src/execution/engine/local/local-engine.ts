import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { InterpreterStartError } from '../../../errors/start-errors.js';
import { outsideOfRequests } from '../../async-context.js';
import type { SessionId } from '../../ids.js';
import type { SessionLimits } from '../../session-limits.js';
import { problemOfDirectory } from '../../working-directory.js';
import type {
  EngineCondition,
  Interpreter,
  InterpreterEngine,
  InterpreterObserver,
  InterpreterSpec,
  PythonInfo,
} from '../engine.js';
import type { Exited } from './channel/messages.js';
import { ChannelServer } from './channel/channel-server.js';
import { FORK_TIMEOUT } from './forks.js';
import { LocalInterpreter } from './local-interpreter.js';
import { newMarker } from './output/output-pipe.js';
import { locatePython } from './process/python-locator.js';
import { sweepRuntimeDirectories } from './channel/runtime-directory.js';
import { PendingStart } from './pending-start.js';
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
  readonly warn: (message: string) => void;
}

/** Environment variables that are hidden from user code. */
const SECRETS = ['FUJIAN_TOKEN', 'FUJIAN_TOKEN_FILE'];

const NO_FORKS =
  'Sessions can be forked only on Linux: elsewhere the service cannot see how the fork ends. Create a new session instead.';
/**
 * Has glibc use huge pages for large allocations, because a fork copies one table entry per page.
 * preload.py removes the variable again, so that user code does not pass it to its subprocesses.
 */
const HUGE_PAGES = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };

/** Milliseconds that a session has to start. A session that is spawned may import modules first. */
const START_TIMEOUT = 60_000;

/** Engine that runs CPython interpreters on this machine, forked by a supervisor process. */
export class LocalEngine implements InterpreterEngine {
  private supervisor: SupervisorProcess | undefined;
  private beingStarted: Promise<SupervisorProcess> | undefined;
  private channels: ChannelServer | undefined;
  private beingOpened: Promise<ChannelServer> | undefined;
  private python: PythonInfo | undefined;
  private readonly starting = new Map<string, PendingStart>();
  private readonly interpreters = new Map<string, LocalInterpreter>();
  private processCount = 0;
  private isStopped = false;
  /** End of the previous supervisor. */
  private lastEnd: SupervisorEnd | undefined;

  constructor(private readonly options: LocalEngineOptions) {}

  get condition(): EngineCondition {
    if (this.supervisor) return this.supervisor.isResponsive ? 'up' : 'unresponsive';
    return this.beingStarted ? 'starting' : 'down';
  }

  async start(): Promise<PythonInfo> {
    await outsideOfRequests(() => this.ready());
    return this.python!;
  }

  startInterpreter(spec: InterpreterSpec, observer: InterpreterObserver): Promise<Interpreter> {
    return outsideOfRequests(() => this.startAnew(spec, observer));
  }

  forkInterpreter(
    parent: Interpreter,
    session: SessionId,
    observer: InterpreterObserver,
  ): Promise<Interpreter> {
    return outsideOfRequests(() => this.fork(parent, session, observer));
  }

  private async startAnew(
    spec: InterpreterSpec,
    observer: InterpreterObserver,
  ): Promise<Interpreter> {
    const supervisor = await this.ready();
    try {
      return await this.startBy(supervisor, spec, observer);
    } catch (error) {
      const isSame = this.supervisor === supervisor && this.channels?.isReachable;
      if (isSame || this.isStopped) throw error;
      // The supervisor ended, or its socket was removed, during the start: another try.
      return this.startBy(await this.ready(), spec, observer);
    }
  }

  private startBy(
    supervisor: SupervisorProcess,
    { session, cwd, env, limits }: InterpreterSpec,
    observer: InterpreterObserver,
  ): Promise<Interpreter> {
    if (cwd !== undefined && problemOfDirectory(cwd)) {
      const what = existsSync(cwd) ? 'cannot be entered' : 'does not exist';
      const message = `The working directory ${cwd} ${what} any more.`;
      return Promise.reject(new InterpreterStartError(message));
    }
    const pending = new PendingStart(this.newName(session));
    pending.expires(START_TIMEOUT);
    return this.bringUp(pending, { limits, cwd }, observer, (spec) =>
      supervisor.startSession({ ...spec, environment: env, ...(cwd !== undefined && { cwd }) }),
    );
  }

  private async fork(
    parent: Interpreter,
    session: SessionId,
    observer: InterpreterObserver,
  ): Promise<Interpreter> {
    if (!(parent instanceof LocalInterpreter))
      throw new TypeError('an interpreter of another engine');
    if (process.platform !== 'linux') throw new InterpreterStartError(NO_FORKS);
    const { supervisor } = this;
    if (!supervisor) throw supervisorEnded(this.lastEnd);
    const pending = new PendingStart(this.newName(session));
    // Sends FORK at once, so that executions submitted to the parent from now on run after the fork.
    const lostThreads = parent.fork(pending.name);
    lostThreads.then(
      () => pending.expires(FORK_TIMEOUT),
      (error: Error) => pending.fail(error),
    );
    const { pid, parts } = parent;
    const request = (spec: SessionSpec): void => supervisor.prepareFork({ ...spec, parent: pid });
    return this.bringUp(pending, parts, observer, request, lostThreads);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.beingStarted?.catch(() => undefined); // its callers get the error
    const { supervisor } = this;
    this.supervisor = undefined;
    await supervisor?.stop();
    this.channels?.close();
  }

  /** Returns the running supervisor, or starts one. Concurrent callers share one start. */
  private ready(): Promise<SupervisorProcess> {
    if (this.supervisor) return Promise.resolve(this.supervisor);
    return (this.beingStarted ??= this.startSupervisor().finally(
      () => (this.beingStarted = undefined),
    ));
  }

  /** Returns the socket for channels, or opens another if user code has removed it. */
  private reachable(): Promise<ChannelServer> {
    if (this.channels?.isReachable) return Promise.resolve(this.channels);
    return (this.beingOpened ??= this.openChannels().finally(() => (this.beingOpened = undefined)));
  }

  private async openChannels(): Promise<ChannelServer> {
    this.channels?.close();
    return (this.channels = await ChannelServer.open());
  }

  private newName(session: SessionId): string {
    // A unique name per process keeps an old process's death apart from its successor's.
    return `${session}.${(this.processCount += 1)}`;
  }

  private async startSupervisor(): Promise<SupervisorProcess> {
    const { python: setting, warn } = this.options;
    const python = this.python?.executable ?? locatePython(setting, process.env, warn);
    await sweepRuntimeDirectories();
    const [supervisor, { executable, version }] = await SupervisorProcess.start({
      ...this.options,
      python,
      environment: environmentOfPython(),
    });
    this.supervisor = supervisor;
    this.follow(supervisor);
    this.python = { executable, version };
    return supervisor;
  }

  /**
   * Waits until a process has started and is connected.
   *
   * @param request requests the process.
   * @param lost the threads of its parent that it lacks.
   * @throws InterpreterStartError if the process cannot start, is late, or ends first.
   */
  private async bringUp(
    pending: PendingStart,
    { limits, cwd }: { limits: SessionLimits; cwd: string | undefined },
    observer: InterpreterObserver,
    request: (spec: SessionSpec) => void,
    lost: Promise<readonly string[]> = Promise.resolve([]),
  ): Promise<LocalInterpreter> {
    const { name } = pending;
    this.starting.set(name, pending);
    const undo: (() => void)[] = [() => this.starting.delete(name)];
    try {
      const channels = await pending.orFailure(this.reachable());
      const pipes = randomBytes(8).toString('hex');
      const paths = [
        channels.directory.join(`${pipes}.out`),
        channels.directory.join(`${pipes}.err`),
      ] as const;
      // Both ends have opened the FIFOs by the end, or the start has failed.
      undo.push(() => paths.forEach((path) => channels.directory.removeFile(path)));
      const [stdoutPath, stderrPath] = paths;
      const marker = newMarker();
      const { token, greeting, forget } = channels.expect();
      undo.push(forget);
      request({
        session: name,
        version: this.options.version,
        token,
        channel: channels.path,
        stdout: stdoutPath,
        stderr: stderrPath,
        marker: marker.toString('hex'),
        limits: specOf(limits),
      });
      // A process that greets after a failure finds its channel closed, and ends.
      pending.failed.catch(() => greeting.then(({ socket }) => socket.destroy()));
      const [process, connection, lostThreads] = await pending.orFailure(
        Promise.all([pending.started, greeting, lost]),
      );
      const { outputLimit } = this.options;
      const interpreter = new LocalInterpreter(
        {
          process,
          lostThreads,
          connection,
          stdoutPath,
          stderrPath,
          marker,
          outputLimit,
          limits,
          cwd,
        },
        observer,
      );
      pending.succeeded();
      this.interpreters.set(name, interpreter);
      return interpreter;
    } catch (error) {
      pending.fail(error as Error);
      throw error;
    } finally {
      for (const step of undo) step();
    }
  }

  /** Has an interpreter report its death. Logs an error of the report: no process is left to end. */
  private end(interpreter: LocalInterpreter | undefined, exit: Exited | SupervisorEnd): void {
    interpreter
      ?.exited(exit)
      .catch((error: Error) => this.options.log(error.stack ?? error.message));
  }

  private follow(supervisor: SupervisorProcess): void {
    supervisor.on('line', this.options.log);
    supervisor.on('started', ({ session, pid }) => this.starting.get(session)?.hasStarted(pid));
    supervisor.on('startFailed', ({ session, message }) =>
      this.starting
        .get(session)
        ?.fail(new InterpreterStartError(`The interpreter could not be started: ${message}.`)),
    );
    supervisor.on('exited', (exit) => {
      this.starting.get(exit.session)?.exited(exit);
      this.end(this.interpreters.get(exit.session), exit);
      this.interpreters.delete(exit.session);
    });
    supervisor.once('ended', (end) => {
      this.lastEnd = end;
      if (this.supervisor === supervisor) this.supervisor = undefined; // the next interpreter starts another
      for (const starting of this.starting.values()) {
        starting.fail(supervisorEnded(end));
      }
      for (const interpreter of this.interpreters.values()) {
        this.end(interpreter, end);
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
