import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PythonNotFoundError } from '../errors/start-errors.js';
import { ExecutionModule } from '../execution/execution.module.js';
import { CommandError } from './command.error.js';
import type { ExecutionOptions } from '../execution/execution-options.js';
import { PythonInterpreterService } from '../execution/python-interpreter.service.js';

/** The Python that somebody chose, and by what. */
export interface NamedPython {
  readonly option: { readonly python: string };
  readonly place: string;
}

/**
 * Does something with a Python of its own, which ends with it.
 *
 * @throws CommandError, PythonNotFoundError, PythonTooOldError, InterpreterStartError, and what `use` throws
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
    // Its own message speaks of settings.
    if (!(cause instanceof PythonNotFoundError) || options.python === undefined) throw cause;
    throw new CommandError(`there is no Python '${options.python}', as ${place} says.`, { cause });
  }
}
