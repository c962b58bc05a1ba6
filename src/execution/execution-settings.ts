import { DEFAULTS } from '../../config/defaults.js';
import { nearestName } from '../../config/nearest-name.js';
import { ExecutionOptionsError } from '../errors/application-errors.js';
import type { ExecutionOptions } from './execution-options.js';
import { problemOfNumber } from './number-options.js';
import type { PoolOptions } from './sessions/session-pool.js';
import { LIMITS } from './session-limits.js';

const OPTIONS: Readonly<Record<keyof ExecutionOptions, 'number' | 'other'>> = {
  python: 'other',
  cwd: 'other',
  startup: 'other',
  preload: 'other',
  start: 'other',
  maxSessions: 'number',
  idleTimeout: 'number',
  timeout: 'number',
  interruptGrace: 'number',
  shutdownGrace: 'number',
  exitGrace: 'number',
  outputLimit: 'number',
  queueLimit: 'number',
  queuedOnDeath: 'other',
  deathLimit: 'number',
  deathWindow: 'number',
  deathPause: 'number',
  pool: 'other',
  limits: 'other',
};

const POOL_OPTIONS: Readonly<Record<keyof PoolOptions, true>> = { size: true, recycleAfter: true };

/** Options of the module itself, which Nest has taken out of those that reach this file. */
const EXTRAS = ['name', 'isGlobal'];

const NUMBERS = Object.entries(OPTIONS).flatMap(([name, kind]) => (kind === 'number' ? name : []));

/** Options of an application, completed by the defaults. */
export type ExecutionSettings = ReturnType<typeof executionSettings>;

/**
 * Completes options by the defaults, also where a member is undefined. Validates names and numbers
 * at run time, as options may come from files and environments: a misspelt one would be ignored, an
 * invalid one would act as no limit, or as one of zero.
 *
 * @throws ExecutionOptionsError
 */
export function executionSettings(options: ExecutionOptions | undefined = {}) {
  checkNames('', Object.keys(OPTIONS), options);
  checkNames('limits.', LIMITS, options.limits ?? {});
  checkNames('pool.', Object.keys(POOL_OPTIONS), options.pool ?? {});
  checkNumbers('', NUMBERS, options);
  checkNumbers('limits.', LIMITS, options.limits ?? {});
  const set = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...(Object.fromEntries(set) as ExecutionOptions) };
}

/** Returns the options among the members of larger settings. */
export function executionOptionsIn(settings: ExecutionOptions): ExecutionOptions {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => name in OPTIONS));
}

function checkNames(prefix: string, known: readonly string[], options: object): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new ExecutionOptionsError(
    `There is no option ${prefix}${unknown} of ExecutionModule${suggestion(prefix, unknown, known)}.`,
  );
}

function suggestion(prefix: string, name: string, known: readonly string[]): string {
  if (prefix === '' && EXTRAS.includes(name)) return ' here: pass it beside useFactory';
  const nearest = nearestName(name, prefix === '' ? [...known, ...EXTRAS] : known);
  return nearest === undefined ? '' : `; perhaps ${prefix}${nearest} is meant`;
}

function checkNumbers(prefix: string, names: readonly string[], options: object): void {
  for (const name of names) {
    const problem = problemOfNumber(prefix + name, (options as Record<string, unknown>)[name]);
    if (problem !== undefined) throw new ExecutionOptionsError(problem);
  }
}
