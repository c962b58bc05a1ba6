import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExecutionModule } from '../execution/execution.module.js';
import type { ExecutionOptions } from '../execution/execution-options.js';
import { PythonInterpreterService } from '../execution/python-interpreter.service.js';

/**
 * Starts a real Python for a test, in a separate Nest application. Turns off Nest's logging, whose
 * logger is shared by the whole process.
 *
 * @throws PythonNotFoundError, PythonTooOldError, InterpreterStartError
 */
export async function startPython(options: ExecutionOptions = {}): Promise<StartedPython> {
  return new StartedPython(
    await NestFactory.createApplicationContext(ExecutionModule.forRoot(options), {
      logger: false,
      abortOnError: false,
    }),
  );
}

/** Running Python, ended by `close()` or by the end of an `await using` block. */
export class StartedPython implements AsyncDisposable {
  readonly service: PythonInterpreterService;

  /** Use `startPython()`. */
  constructor(private readonly application: INestApplicationContext) {
    this.service = application.get(PythonInterpreterService);
  }

  async close(): Promise<void> {
    await this.application.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
