import { readFileSync } from 'node:fs';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { DEFAULTS } from '../../config/defaults.js';
import { INTERPRETER_ENGINE, type InterpreterEngine, type PythonInfo } from './engine/engine.js';
import { SessionNotFoundError } from './errors/session-not-found.error.js';
import type { ExecuteOptions, ExecutionResult, StreamOptions } from './execution.js';
import { ExecutionStream } from './execution-stream.js';
import { EXECUTION_OPTIONS } from './execution.constants.js';
import type { ExecutionOptions } from './execution-options.js';
import { MAIN_SESSION } from './ids.js';
import type { Connection, ConnectionListener } from './sessions/connection.js';
import { InterpreterSession } from './sessions/interpreter-session.js';

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
  private readonly logger = new Logger('Python');
  private readonly main: InterpreterSession;
  private info: PythonInfo | undefined;

  constructor(
    @Inject(INTERPRETER_ENGINE) private readonly engine: InterpreterEngine,
    @Inject(EXECUTION_OPTIONS) options: ExecutionOptions,
  ) {
    const startup = options.startup
      ? { code: readFileSync(options.startup, 'utf8'), filename: options.startup }
      : undefined;
    const settings = { ...DEFAULTS, ...options, startup };
    this.main = new InterpreterSession(MAIN_SESSION, engine, settings, this.logger);
  }

  /** The Python that runs. */
  get python(): PythonInfo {
    if (!this.info)
      throw new Error('Python is started when the application is initialised: await app.init().');
    return this.info;
  }

  /** How many interpreters there have been: it goes up when one has died and another taken its place. */
  get generation(): number {
    return this.main.generation;
  }

  /**
   * Runs `code`. Resolves also if it raises: then `error` is set.
   *
   * @throws InterpreterDiedError if the interpreter ends before the code does;
   * QueueFullError, CircuitOpenError, ExecutionAbortedError, ShuttingDownError if the code is not run;
   * InterpreterStartError if an interpreter that died cannot be replaced.
   */
  execute(code: string, options?: ExecuteOptions): Promise<ExecutionResult> {
    return this.main.execute(code, options);
  }

  /**
   * Runs `code` and tells what happens as it happens, once somebody subscribes or iterates. Fails as
   * `execute()` does. Whoever reads slowly slows the code down; see `ExecutionStream`.
   */
  stream(code: string, { ready, ...options }: StreamOptions = {}): ExecutionStream {
    return new ExecutionStream((listener, left) => {
      const signal = options.signal ? AbortSignal.any([options.signal, left]) : left;
      return this.main.execute(code, { ...options, signal }, { listener });
    }, ready);
  }

  /** Lets Python push messages to a client: `FUJIAN_WS`. */
  connect(listener: ConnectionListener): Connection {
    return this.main.connect(listener);
  }

  /**
   * Raises KeyboardInterrupt in the code that the session runs now. Answers whether it runs any.
   *
   * @throws SessionNotFoundError
   */
  interrupt(session: string = MAIN_SESSION): boolean {
    return this.session(session).interrupt();
  }

  /**
   * Gives the session a new interpreter. What runs and waits is answered with an `InterpreterDiedError`.
   *
   * @throws SessionNotFoundError, InterpreterStartError, ShuttingDownError
   */
  async restart(session: string = MAIN_SESSION): Promise<void> {
    await this.session(session).restart();
  }

  /** @throws PythonNotFoundError, PythonTooOldError, InterpreterStartError */
  async onModuleInit(): Promise<void> {
    this.info = await this.engine.start();
    await this.main.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.main.close(DEFAULTS.shutdownGrace);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.engine.stop();
  }

  private session(id: string): InterpreterSession {
    if (id !== this.main.id) throw new SessionNotFoundError(id);
    return this.main;
  }
}
