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
import { inContextOfSubscriber } from './async-context.js';
import type { CallSession } from './calls/call-session.js';
import { PythonCalls } from './calls/python-calls.js';
import type { PythonPool } from './calls/python-pool.js';
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
import { executionSettings, type ExecutionSettings } from './execution-settings.js';
import { NoPoolError } from '../errors/application-errors.js';
import {
  InterpreterStartError,
  NotInitializedError,
  PreloadError,
} from '../errors/start-errors.js';
import { MAIN_SESSION, type SessionId } from './ids.js';
import { PYTHON_INSTANCE, type PythonInstance } from './instances/python-instance.js';
import { PythonInstances } from './instances/python-instances.js';
import type { ExecutionEvent } from './observing/execution-event.js';
import { ExecutionObserver } from './observing/execution-observer.js';
import { type PythonHealth, pythonHealth } from './python-health.js';
import type { Connection, ConnectionListener } from './sessions/connection.js';
import { InterpreterSession } from './sessions/interpreter-session.js';
import type { SessionSettings, StartupCode } from './sessions/session-settings.js';
import type { PythonSession, SessionFork } from './sessions/python-session.js';
import type { SessionEvent } from './sessions/session-event.js';
import { checkedOptions, type SessionOptions } from './sessions/session-options.js';
import { SessionPool } from './sessions/session-pool.js';
import { SessionRegistry } from './sessions/session-registry.js';

/**
 * Runs Python code in live CPython interpreters.
 *
 * Variables, imports and functions persist from one execution to the next. Executions of a session
 * run one at a time, in the order of their requests.
 */
@Injectable()
export class PythonInterpreterService
  extends PythonCalls<SessionCallOptions>
  implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown
{
  private readonly logger: Logger;
  private readonly observer = new ExecutionObserver();
  private readonly registry: SessionRegistry;
  private readonly sessionPool: SessionPool | undefined;
  private readonly shutdownGrace: number;
  private info: PythonInfo | undefined;

  constructor(
    @Inject(INTERPRETER_ENGINE) private readonly engine: InterpreterEngine,
    @Inject(EXECUTION_OPTIONS) options: ExecutionOptions | undefined,
    @Inject(PYTHON_INSTANCE) { logContext }: PythonInstance,
    @Inject(PythonInstances) private readonly instances: PythonInstances,
  ) {
    super();
    this.logger = new Logger(logContext);
    const settings = executionSettings(options);
    this.shutdownGrace = settings.shutdownGrace;
    const { logger, observer } = this;
    const newSession = (
      id: SessionId,
      sessionOptions: SessionOptions,
      tell: (event: SessionEvent) => void,
    ) =>
      new InterpreterSession(id, settingsOf(settings, sessionOptions), {
        engine,
        logger,
        observer,
        tell,
      });
    this.registry = new SessionRegistry(newSession, settings);
    if (settings.pool) {
      const { queueLimit } = settings;
      const newMember = (id: SessionId) => newSession(id, {}, (event) => this.registry.tell(event));
      this.sessionPool = new SessionPool(newMember, settings.pool, queueLimit, logger);
    }
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

  /**
   * Version and path of the running Python.
   *
   * @throws NotInitializedError
   */
  get python(): PythonInfo {
    if (!this.info) throw new NotInitializedError();
    return this.info;
  }

  /** Counts the interpreters that `main` has had; each replacement adds one. */
  get generation(): number {
    return this.registry.main.generation;
  }

  /**
   * Runs `code`. If the code raises, the promise resolves with `error` set.
   *
   * @throws InterpreterDiedError if the interpreter ends before the code; SessionNotFoundError,
   * QueueFullError, CircuitOpenError, ExecutionAbortedError, ShuttingDownError, NotInitializedError if the code was not
   * run; InterpreterStartError if a dead interpreter cannot be replaced.
   */
  async execute(code: string, options?: SessionExecuteOptions): Promise<ExecutionResult> {
    return this.sessionOf(options).execute(code, options);
  }

  protected override callSessionOf(options: SessionCallOptions | undefined): CallSession {
    return this.registry.get(options?.session ?? MAIN_SESSION).callSession;
  }

  /**
   * Pool of sessions for stateless work; see `ExecutionOptions.pool`.
   *
   * @throws NoPoolError
   */
  get pool(): Pick<PythonPool, keyof PythonPool> {
    if (!this.sessionPool) throw new NoPoolError();
    return this.sessionPool;
  }

  private sessionOf(options: { readonly session?: string } | undefined): PythonSession {
    return this.registry.get(options?.session ?? MAIN_SESSION);
  }

  /**
   * Returns the events of an execution of `code`, which starts at the subscription or iteration.
   * Fails as `execute()` does. For backpressure, see `ExecutionStream`.
   *
   * @throws SessionNotFoundError
   */
  stream(code: string, options?: SessionStreamOptions): ExecutionStream {
    return this.sessionOf(options).stream(code, options);
  }

  /**
   * Opens a connection over which Python can push messages to a client: `FUJIAN_WS`.
   *
   * @throws SessionNotFoundError
   */
  connect(listener: ConnectionListener, session: string = MAIN_SESSION): Connection {
    return this.registry.get(session).connect(listener);
  }

  /**
   * Raises KeyboardInterrupt in the code that the session is running, isolated too. Returns whether
   * any was running.
   *
   * @throws SessionNotFoundError
   */
  interrupt(session: string = MAIN_SESSION): boolean {
    return this.registry.get(session).interrupt();
  }

  /**
   * Gives the session a new interpreter with the same directory, environment and limits. Running
   * and waiting executions fail with an `InterpreterDiedError`.
   *
   * @throws SessionNotFoundError, InterpreterStartError, ShuttingDownError
   */
  async restart(session: string = MAIN_SESSION): Promise<void> {
    await this.registry.get(session).restart();
  }

  /**
   * Creates a session: a separate namespace in a separate process.
   *
   * @throws SessionOptionsError, SessionExistsError, TooManySessionsError, InterpreterStartError
   */
  createSession(options: SessionOptions = {}): Promise<PythonSession> {
    return this.registry.create(options);
  }

  /** Returns all sessions, oldest first: `main`. */
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
   * Forks an idle session: the new session continues from its state, with its variables, imports
   * and open files. docs/sessions.md says what the two share.
   *
   * @throws SessionNotFoundError, SessionBusyError, SessionOptionsError, SessionExistsError,
   * TooManySessionsError, InterpreterStartError
   */
  fork(session: string, { id }: { readonly id?: string } = {}): Promise<SessionFork> {
    return this.registry.fork(session, id);
  }

  /**
   * Ends a session and all that it started. Running and waiting executions fail with an
   * `InterpreterDiedError`.
   *
   * @throws SessionNotFoundError, SessionPermanentError for `main`
   */
  close(session: string): Promise<void> {
    return this.registry.close(session);
  }

  /**
   * Future events of all sessions, including the pool's, in the async context of the subscriber.
   * Completes when the application stops.
   */
  get sessionEvents(): Observable<SessionEvent> {
    return inContextOfSubscriber(this.registry.events);
  }

  /**
   * Future events of all executions and calls, without their code. Subscribers are called
   * synchronously, in the async context of the request, and should be fast. Completes when the
   * application stops.
   */
  get executionEvents(): Observable<ExecutionEvent> {
    return this.observer.events;
  }

  /** Number of open connections. */
  get connections(): number {
    return this.registry.all.reduce((sum, { connectionCount }) => sum + connectionCount, 0);
  }

  /**
   * Measures the memory of all interpreters in bytes, including the pool's; shared memory counts
   * once. 0 if unknown.
   */
  async memory(): Promise<number> {
    const sessions = [...this.registry.all, ...(this.sessionPool?.sessions ?? [])];
    const infos = await Promise.all(sessions.map((session) => session.info()));
    return infos.reduce((sum, { memory = 0 }) => sum + memory, 0);
  }

  /** Whether code can run now, and if not, why. */
  get health(): PythonHealth {
    return pythonHealth(this.engine.condition, this.registry.main.health);
  }

  /** @throws PythonNotFoundError, PythonTooOldError, InterpreterStartError */
  async onModuleInit(): Promise<void> {
    const stop = async (): Promise<void> => {
      await this.beforeApplicationShutdown();
      await this.onApplicationShutdown();
    };
    await this.instances.start({ stop }, async () => {
      // At once, so that executions wait from now on rather than being refused.
      const sessions = [this.registry.main.start(), this.sessionPool?.start()];
      [this.info] = await Promise.all([this.engine.start(), ...sessions]);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([
      this.registry.closeAll(this.shutdownGrace),
      this.sessionPool?.close(this.shutdownGrace),
    ]);
  }

  async onApplicationShutdown(): Promise<void> {
    this.observer.complete();
    await this.engine.stop();
  }
}

/**
 * Merges the options of a session with those of the module, which they override.
 *
 * @throws SessionOptionsError
 */
function settingsOf(module: ExecutionSettings, options: SessionOptions): SessionSettings {
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
  const what = `the import of ${name} (preload)`;
  return { code, filename: '<preload>', what, Failure: PreloadError };
}

function startupFile(path: string | undefined): StartupCode[] {
  if (path === undefined) return [];
  const what = `the start-up file ${path} (FUJIAN_STARTUP)`;
  try {
    return [
      { code: readFileSync(path, 'utf8'), filename: path, what, Failure: InterpreterStartError },
    ];
  } catch (cause) {
    const message = `The start-up file cannot be read (option startup, FUJIAN_STARTUP): ${(cause as Error).message}.`;
    throw new InterpreterStartError(message, { cause });
  }
}
