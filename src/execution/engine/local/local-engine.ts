import { rmSync } from 'node:fs';
import { InterpreterStartError } from '../../errors/interpreter-start.error.js';
import type { SessionId } from '../../ids.js';
import type { Interpreter, InterpreterEngine, InterpreterObserver, PythonInfo } from '../engine.js';
import { ChannelServer } from './channel-server.js';
import { LocalInterpreter } from './local-interpreter.js';
import { newMarker } from './output-marker.js';
import { locatePython } from './python-locator.js';
import { RuntimeDirectory, sweepRuntimeDirectories } from './runtime-directory.js';
import type { SessionLimits } from '../../session-limits.js';
import { type SpecLimits, SupervisorProcess } from './supervisor-process.js';

export interface LocalEngineOptions {
  readonly python: string | undefined;
  readonly version: string;
  readonly preload: readonly string[];
  readonly cwd: string | undefined;
  readonly outputLimit: number;
  readonly limits: SessionLimits;
  /** What the supervisor and sessions that are not set up yet print. */
  readonly log: (line: string) => void;
}

/** Never to be seen by user code. */
const SECRETS = ['FUJIAN_TOKEN'];

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
  /** The last start, under way or not. */
  private begun: Promise<PythonInfo> | undefined;
  private python: PythonInfo | undefined;
  private readonly starting = new Map<string, Starting>();
  private readonly interpreters = new Map<string, LocalInterpreter>();
  private forks = 0;

  constructor(private readonly options: LocalEngineOptions) {}

  start(): Promise<PythonInfo> {
    return (this.begun = this.begin());
  }

  private async begin(): Promise<PythonInfo> {
    const python = this.python?.executable ?? locatePython(this.options.python, process.env);
    const directory = new RuntimeDirectory();
    const channels = new ChannelServer(directory.channel);
    try {
      await channels.listen();
      await sweepRuntimeDirectories();
      const { version, preload, cwd } = this.options;
      const environment = environmentWithoutSecrets();
      const [supervisor, { executable, version: pythonVersion }] = await SupervisorProcess.start({
        python,
        version,
        preload,
        cwd,
        environment,
      });
      this.running = { directory, channels, supervisor };
      this.follow(this.running);
      this.python = { executable, version: pythonVersion };
      return this.python;
    } catch (error) {
      channels.close();
      directory.remove();
      throw error;
    }
  }

  async startInterpreter(session: SessionId, observer: InterpreterObserver): Promise<Interpreter> {
    if (!this.running) await this.start();
    const { directory, channels, supervisor } = this.running!;
    // One name for each process: an old one's death must not be taken for its successor's.
    const name = `${session}.${(this.forks += 1)}`;
    const [stdoutPath, stderrPath] = [directory.join(`${name}.out`), directory.join(`${name}.err`)];
    const marker = newMarker();
    const { token, greeting, forget } = channels.expect();
    const failed = new Promise<never>((_, fail) => this.starting.set(name, { fail }));
    supervisor.fork({
      session: name,
      token,
      channel: channels.path,
      stdout: stdoutPath,
      stderr: stderrPath,
      marker: marker.toString('hex'),
      limits: specOf(this.options.limits),
    });
    try {
      const { pid, socket } = await Promise.race([greeting, failed]);
      const { outputLimit, limits } = this.options;
      const interpreter = new LocalInterpreter(
        { pid, socket, stdoutPath, stderrPath, marker, outputLimit, limits },
        observer,
      );
      this.interpreters.set(name, interpreter);
      return interpreter;
    } finally {
      forget();
      this.starting.delete(name);
      // Both ends have them open by now, or there will never be two.
      for (const path of [stdoutPath, stderrPath]) rmSync(path, { force: true });
    }
  }

  async stop(): Promise<void> {
    await this.begun?.catch(() => undefined); // it may be starting again
    const running = this.running;
    if (!running) return;
    this.running = undefined;
    running.channels.close();
    await running.supervisor.stop();
    running.directory.remove();
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
    supervisor.once('ended', () => {
      if (this.running?.supervisor === supervisor) {
        this.running = undefined; // the next interpreter starts another
        channels.close();
        directory.remove();
      }
      for (const starting of this.starting.values()) {
        starting.fail(new InterpreterStartError('The supervisor of the interpreters ended.'));
      }
      for (const interpreter of this.interpreters.values()) {
        void interpreter.exited('with its supervisor');
      }
      this.interpreters.clear();
    });
  }
}

function specOf({ cpuTime, ...limits }: SessionLimits): SpecLimits {
  const set = Object.entries(limits).filter(([, limit]) => limit !== undefined);
  return {
    ...Object.fromEntries(set),
    ...(cpuTime !== undefined && { cpuTime: Math.max(1, Math.ceil(cpuTime / 1000)) }),
  };
}

function environmentWithoutSecrets(): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  for (const secret of SECRETS) delete environment[secret];
  return environment;
}
