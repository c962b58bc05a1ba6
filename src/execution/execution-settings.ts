import { inspect } from 'node:util';
import { DEFAULTS } from '../../config/defaults.js';
import { ExecutionOptionsError } from '../errors/application-errors.js';
import type { ExecutionOptions } from './execution-options.js';
import type { SessionLimits } from './session-limits.js';

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

const LIMITS = [
  'memory',
  'cpuTime',
  'processes',
  'fileSize',
  'openFiles',
] as const satisfies readonly (keyof SessionLimits)[];

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
    const value = (options as Record<string, unknown>)[name];
    if (value === undefined || (typeof value === 'number' && value >= 0)) continue;
    throw new ExecutionOptionsError(
      `The option ${prefix}${name} must be a number from 0 on, not ${inspect(value)}.`,
    );
  }
}
