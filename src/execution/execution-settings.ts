import { DEFAULTS } from '../../config/defaults.js';
import { ExecutionOptionsError } from '../errors/application-errors.js';
import type { ExecutionOptions } from './execution-options.js';
import { problemOfNumber } from './number-options.js';
import { LIMITS } from './session-limits.js';

const NUMBERS = [
  'maxSessions',
  'idleTimeout',
  'timeout',
  'interruptGrace',
  'shutdownGrace',
  'outputLimit',
  'queueLimit',
  'deathLimit',
  'deathWindow',
  'deathPause',
] as const satisfies readonly (keyof ExecutionOptions)[];

/** Options of an application, completed by the defaults. */
export type ExecutionSettings = ReturnType<typeof executionSettings>;

/**
 * Completes options by the defaults, also where a member is undefined. Validates numbers at run
 * time, as options may come from files and environments: an invalid one would act as no limit, or
 * as one of zero.
 *
 * @throws ExecutionOptionsError
 */
export function executionSettings(options: ExecutionOptions | undefined = {}) {
  checkNumbers('', NUMBERS, options);
  checkNumbers('limits.', LIMITS, options.limits ?? {});
  const set = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...(Object.fromEntries(set) as ExecutionOptions) };
}

function checkNumbers(prefix: string, names: readonly string[], options: object): void {
  for (const name of names) {
    const problem = problemOfNumber(prefix + name, (options as Record<string, unknown>)[name]);
    if (problem !== undefined) throw new ExecutionOptionsError(problem);
  }
}
