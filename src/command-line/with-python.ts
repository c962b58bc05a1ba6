import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PythonNotFoundError } from '../errors/start-errors.js';
import { ExecutionModule } from '../execution/execution.module.js';
import { CommandError } from './command.error.js';
import type { ExecutionOptions } from '../execution/execution-options.js';
import { PythonInterpreterService } from '../execution/python-interpreter.service.js';

/** A Python, and the option or variable that names it. */
export interface NamedPython {
  readonly option: { readonly python: string };
  readonly place: string;
}

/**
 * Starts a Python, passes it to `use`, and stops it afterwards.
 *
 * @throws CommandError, PythonNotFoundError, PythonTooOldError, InterpreterStartError, and the
 * errors of `use`.
 */
export async function withPython<Result>(
  options: ExecutionOptions,
  use: (python: PythonInterpreterService) => Promise<Result>,
  place = '--python',
): Promise<Result> {
  const application = await started(options, place);
  try {
    return await use(application.get(PythonInterpreterService));
  } finally {
    await application.close();
  }
}

async function started(options: ExecutionOptions, place: string): Promise<INestApplicationContext> {
  try {
    return await NestFactory.createApplicationContext(ExecutionModule.forRoot(options), {
      logger: false,
      abortOnError: false,
    });
  } catch (cause) {
    // The error's own message mentions settings of the service.
    if (!(cause instanceof PythonNotFoundError) || options.python === undefined) throw cause;
    throw new CommandError(`there is no Python '${options.python}' (${place}).`, { cause });
  }
}
