import { readFileSync } from 'node:fs';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { DEFAULTS } from '../../config/defaults.js';
import { INTERPRETER_ENGINE, type InterpreterEngine, type PythonInfo } from './engine/engine.js';
import type {
  ExecutionResult,
  SessionCallOptions,
  SessionExecuteOptions,
  SessionStreamOptions,
} from './execution.js';
import type { ExecutionStream } from './execution-stream.js';
import { EXECUTION_OPTIONS } from './execution.constants.js';
import type { ExecutionOptions } from './execution-options.js';
import { MAIN_SESSION } from './ids.js';
import { PYTHON_INSTANCE, type PythonInstance } from './instances/python-instance.js';
import { PythonInstances } from './instances/python-instances.js';
import type { Connection, ConnectionListener } from './sessions/connection.js';
import { InterpreterSession } from './sessions/interpreter-session.js';
import type { SessionSettings, StartupCode } from './sessions/session-settings.js';
import type { PythonSession, SessionFork } from './sessions/python-session.js';
import type { SessionEvent } from './sessions/session-event.js';
import { checkedOptions, type SessionOptions } from './sessions/session-options.js';
import { SessionRegistry } from './sessions/session-registry.js';

/**
 * Runs Python code in a live CPython interpreter: the one public way to do so.
 *
 * Variables, imports and functions persist from one execution to the next. Executions run one at a time,
 * in the order in which they were asked for.
 */
@Injectable()
export class PythonInterpreterService
  implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown
{
  private readonly logger: Logger;
  private readonly registry: SessionRegistry;
  private info: PythonInfo | undefined;

  constructor(
    @Inject(INTERPRETER_ENGINE) private readonly engine: InterpreterEngine,
    @Inject(EXECUTION_OPTIONS) options: ExecutionOptions,
    @Inject(PYTHON_INSTANCE) { logContext }: PythonInstance,
    @Inject(PythonInstances) private readonly instances: PythonInstances,
  ) {
    this.logger = new Logger(logContext);
    const settings = withDefaults(options);
    this.registry = new SessionRegistry(
      (id, sessionOptions, tell) =>
        new InterpreterSession(id, engine, settingsOf(settings, sessionOptions), this.logger, tell),
      settings,
    );
    this.registry.events.subscribe((event) => this.logEvent(event));
  }

  private logEvent({ session, ...event }: SessionEvent): void {
    if (event.type === 'created') {
      const origin = event.forkOf === undefined ? '' : ` as a fork of '${event.forkOf}'`;
      this.logger.debug(`Session '${session}' was created${origin}.`);
    } else if (event.type === 'closed') {
      this.logger.debug(`Session '${session}' was closed.`);
    }
  }

  /** The Python that runs. */
  get python(): PythonInfo {
    if (!this.info)
      throw new Error('Python is started when the application is initialised: await app.init().');
    return this.info;
  }

  /** How many interpreters `main` has had: it goes up when one has died and another taken its place. */
  get generation(): number {
    return this.registry.main.generation;
  }

  /**
   * Runs `code`. Resolves also if it raises: then `error` is set.
   *
   * @throws InterpreterDiedError if the interpreter ends before the code does;
   * SessionNotFoundError, QueueFullError, CircuitOpenError, ExecutionAbortedError, ShuttingDownError if the
   * code is not run; InterpreterStartError if an interpreter that died cannot be replaced.
   */
  async execute(code: string, options?: SessionExecuteOptions): Promise<ExecutionResult> {
    return this.sessionOf(options).execute(code, options);
  }

  /**
   * Calls a function of Python, and answers what it returns as a value of JavaScript; docs/values.md says which
   * becomes which. What can be awaited is.
   *
   * @param target `package.module:function`, behind the colon also `Class.method`; `__main__:function` is one of
   * the session's own.
   * @throws PythonError if it raises, UnsupportedValueError for an argument that Python has no form for, and
   * what `execute()` throws
   */
  async call<T = unknown>(
    target: string,
    args: readonly unknown[] = [],
    kwargs: Readonly<Record<string, unknown>> = {},
    options?: SessionCallOptions,
  ): Promise<T> {
    return this.sessionOf(options).call<T>(target, args, kwargs, options);
  }

  /**
   * The value of an expression in the session's namespace.
   *
   * @throws as `call()`
   */
  async evaluate<T = unknown>(expression: string, options?: SessionCallOptions): Promise<T> {
    return this.sessionOf(options).evaluate<T>(expression, options);
  }

  /**
   * The value of a name of the session's namespace.
   *
   * @throws as `call()`
   */
  async get<T = unknown>(name: string, options?: SessionCallOptions): Promise<T> {
    return this.sessionOf(options).get<T>(name, options);
  }

  /**
   * Gives names of the session's namespace values.
   *
   * @throws as `call()`
   */
  async set(names: Readonly<Record<string, unknown>>, options?: SessionCallOptions): Promise<void> {
    return this.sessionOf(options).set(names, options);
  }

  private sessionOf(options: { readonly session?: string } | undefined): PythonSession {
    return this.registry.get(options?.session ?? MAIN_SESSION);
  }

  /**
   * Runs `code` and tells what happens as it happens, once somebody subscribes or iterates. Fails as
   * `execute()` does. Whoever reads slowly slows the code down; see `ExecutionStream`.
   *
   * @throws SessionNotFoundError
   */
  stream(code: string, options?: SessionStreamOptions): ExecutionStream {
    return this.sessionOf(options).stream(code, options);
  }

  /**
   * Lets Python push messages to a client: `FUJIAN_WS`.
   *
   * @throws SessionNotFoundError
   */
  connect(listener: ConnectionListener, session: string = MAIN_SESSION): Connection {
    return this.registry.get(session).connect(listener);
  }

  /**
   * Raises KeyboardInterrupt in the code that the session runs now, also in isolation. Answers whether it
   * runs any.
   *
   * @throws SessionNotFoundError
   */
  interrupt(session: string = MAIN_SESSION): boolean {
    return this.registry.get(session).interrupt();
  }

  /**
   * Gives the session a new interpreter, in the same directory, with the same environment and limits. What
   * runs and waits is answered with an `InterpreterDiedError`.
   *
   * @throws SessionNotFoundError, InterpreterStartError, ShuttingDownError
   */
  async restart(session: string = MAIN_SESSION): Promise<void> {
    await this.registry.get(session).restart();
  }

  /**
   * A new session: a namespace of its own, in a process of its own.
   *
   * @throws SessionOptionsError, SessionExistsError, TooManySessionsError, InterpreterStartError
   */
  createSession(options: SessionOptions = {}): Promise<PythonSession> {
    return this.registry.create(options);
  }

  /** All that there are, the oldest first: `main`. */
  sessions(): readonly PythonSession[] {
    return this.registry.all;
  }

  hasSession(id: string): boolean {
    return this.registry.has(id);
  }

  /** @throws SessionNotFoundError */
  session(id: string): PythonSession {
    return this.registry.get(id);
  }

  /**
   * A new session that goes on from the state that another has now: with its variables, imports, open files.
   * Only between executions. docs/sessions.md says what the two share.
   *
   * @throws SessionNotFoundError, SessionBusyError, SessionOptionsError, SessionExistsError,
   * TooManySessionsError, InterpreterStartError
   */
  fork(session: string, { id }: { readonly id?: string } = {}): Promise<SessionFork> {
    return this.registry.fork(session, id);
  }

  /**
   * Ends a session and all that it started. What runs and waits is answered with an `InterpreterDiedError`.
   *
   * @throws SessionNotFoundError, SessionPermanentError for `main`
   */
  close(session: string): Promise<void> {
    return this.registry.close(session);
  }

  /** What happens to all sessions, from now on. Completes with the application. */
  get sessionEvents(): Observable<SessionEvent> {
    return this.registry.events;
  }

  /** @throws PythonNotFoundError, PythonTooOldError, InterpreterStartError */
  async onModuleInit(): Promise<void> {
    const stop = async (): Promise<void> => {
      await this.beforeApplicationShutdown();
      await this.onApplicationShutdown();
    };
    await this.instances.start({ stop }, async () => {
      this.info = await this.engine.start();
      await this.registry.main.start();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.registry.closeAll(DEFAULTS.shutdownGrace);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.engine.stop();
  }
}

function withDefaults(options: ExecutionOptions) {
  return { ...DEFAULTS, ...options };
}

/**
 * What holds for a session: its own options before those of the module.
 *
 * @throws SessionOptionsError
 */
function settingsOf(
  module: ReturnType<typeof withDefaults>,
  options: SessionOptions,
): SessionSettings {
  const { cwd = module.cwd, env, preload } = checkedOptions(options);
  return {
    ...module,
    cwd,
    env,
    limits: { ...module.limits, ...options.limits },
    startup: [...preload.map(importing), ...startupFile(module.startup)],
    isReplaced: true,
  };
}

function importing(name: string): StartupCode {
  const code = `__import__("importlib").import_module(${JSON.stringify(name)})`;
  return { code, filename: '<preload>', what: `the import of ${name}, which is to be preloaded,` };
}

function startupFile(path: string | undefined): StartupCode[] {
  if (path === undefined) return [];
  const what = `the start-up file ${path} (FUJIAN_STARTUP)`;
  return [{ code: readFileSync(path, 'utf8'), filename: path, what }];
}
