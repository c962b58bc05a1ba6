import type { LoggerService } from '@nestjs/common';
import { InterpreterDiedError, type Output } from '../../errors/interpreter-death.js';
import { InterpreterStartError } from '../../errors/start-errors.js';
import type { ExecutionResult } from '../execution.js';
import { unjoined } from '../joined-on-demand.js';
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
  if ('stdout' in printed) {
    const text = `${loggable(printed, 'stdout')}${loggable(printed, 'stderr')}`;
    if (text) logger.log(`${filename} printed: ${text}`);
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

/** Returns output for the log: no more of it than a person reads. */
function loggable(output: Output, stream: keyof Output): string {
  const text = unjoined(output, stream);
  if (typeof text === 'string') return text;
  const [start = ''] = text.pieces();
  return `${start}\n[fujian: the rest of the ${text.size} bytes of ${stream} was not logged]\n`;
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
