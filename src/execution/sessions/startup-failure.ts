import type { LoggerService } from '@nestjs/common';
import { InterpreterDiedError } from '../../errors/interpreter-death.js';
import { InterpreterStartError } from '../../errors/start-errors.js';
import type { ExecutionResult } from '../execution.js';
import type { StartupCode } from './session-settings.js';

/**
 * Waits for start-up code and logs its output, which no reply carries. Resolves with undefined if
 * the code succeeded, else with the error that makes the interpreter unusable.
 *
 * @throws InterpreterStartError if the interpreter ended
 */
export async function startupFailure(
  { filename, what, Failure }: StartupCode,
  result: Promise<ExecutionResult>,
  logger: Pick<LoggerService, 'log'>,
): Promise<InterpreterStartError | undefined> {
  const outcome = await result.catch((failure: Error) => failure);
  const printed = outcome instanceof InterpreterDiedError ? outcome.partialOutput : outcome;
  if ('stdout' in printed && (printed.stdout || printed.stderr)) {
    logger.log(`${filename} printed: ${printed.stdout}${printed.stderr}`);
  }
  if (outcome instanceof InterpreterDiedError) {
    // Not an InterpreterDiedError: that would tell waiting executions that they ran.
    throw new InterpreterStartError(
      `The interpreter ended while it ran ${what}: ${outcome.death.reason}.`,
      {
        cause: outcome,
      },
    );
  }
  if (outcome instanceof Error) throw outcome;
  if (!outcome.error) return undefined;
  const { traceback } = outcome.error;
  return new Failure(`${capitalized(what)} raised an exception:\n${traceback}`);
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
