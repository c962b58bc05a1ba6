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
import type { ExecuteOptions, ExecutionResult } from './execution.js';
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
    const { timeout, interruptGrace, outputLimit, queueLimit } = { ...DEFAULTS, ...options };
    const startup = options.startup && {
      code: readFileSync(options.startup, 'utf8'),
      filename: options.startup,
    };
    const settings = {
      timeout,
      interruptGrace,
      outputLimit,
      queueLimit,
      startup: startup || undefined,
    };
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
   * QueueFullError, ShuttingDownError if the code is not run;
   * InterpreterStartError if an interpreter that died cannot be replaced.
   */
  execute(code: string, options?: ExecuteOptions): Promise<ExecutionResult> {
    return this.main.execute(code, options);
  }

  /** Lets Python push messages to a client: `FUJIAN_WS`. */
  connect(listener: ConnectionListener): Connection {
    return this.main.connect(listener);
  }

  /** Raises KeyboardInterrupt in the code that runs now. Answers whether any does. */
  interrupt(): boolean {
    return this.main.interrupt();
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
}
