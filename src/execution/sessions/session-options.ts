import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { moduleName } from '../../../config/values.js';
import { SessionOptionsError } from '../../errors/session-errors.js';
import { problemOfNumber } from '../number-options.js';
import type { SessionId } from '../ids.js';
import { LIMITS, type SessionLimits } from '../session-limits.js';
import { problemOfDirectory } from '../working-directory.js';

/** Options of a session, all optional. */
export interface SessionOptions {
  /**
   * At most 64 letters, digits, `.`, `_` and `-`, starting with a letter or digit. Default: random.
   */
  readonly id?: string;
  /** Working directory. Default: the module's, else the service's. */
  readonly cwd?: string;
  /** Environment variables, in addition to the service's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Each limit overrides the module's. */
  readonly limits?: SessionLimits;
  /** Python modules to import first, in addition to those of `ExecutionModule`. */
  readonly preload?: readonly string[];
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Lone surrogates cannot be encoded. */
const NO_NAME = /[=\0\p{Surrogate}]/u;
const NO_VALUE = /[\0\p{Surrogate}]/u;

/** @throws SessionOptionsError */
export function sessionId(id: string = randomUUID()): SessionId {
  if (typeof id === 'string' && ID.test(id)) return id as SessionId;
  throw new SessionOptionsError(
    `${inspect(id)} is not a valid session id: use at most 64 letters, digits, '.', '_' and '-', starting with a letter or digit.`,
  );
}

/**
 * Validates a caller's options and resolves `cwd`.
 *
 * @throws SessionOptionsError
 */
export function checkedOptions({ cwd, env = {}, limits = {}, preload = [] }: SessionOptions): {
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly preload: readonly string[];
} {
  const refusal = environmentRefusal(env);
  if (refusal) throw refusal;
  for (const name of LIMITS) {
    const problem = problemOfNumber(`limits.${name}`, limits[name]);
    if (problem !== undefined) throw new SessionOptionsError(problem);
  }
  if (!Array.isArray(preload)) {
    throw new SessionOptionsError('The option preload must be an array of names of modules.');
  }
  for (const module of preload) {
    if (moduleName(module) === undefined) {
      throw new SessionOptionsError(`'${module}' is not a valid name of a Python module.`);
    }
  }
  return { cwd: cwd === undefined ? undefined : directory(cwd), env, preload };
}

/** Returns an error that names the first variable that cannot be set, or undefined if all can. */
export function environmentRefusal(
  env: Readonly<Record<string, string>>,
): SessionOptionsError | undefined {
  if (typeof env !== 'object' || env === null) {
    return new SessionOptionsError('The option env must be an object of environment variables.');
  }
  const unusable = Object.entries(env).find(
    ([name, value]) =>
      name === '' || NO_NAME.test(name) || typeof value !== 'string' || NO_VALUE.test(value),
  );
  return (
    unusable &&
    new SessionOptionsError(`'${unusable[0]}' cannot be set as an environment variable.`)
  );
}

function directory(path: string): string {
  if (typeof path !== 'string') throw new SessionOptionsError('The option cwd must be a string.');
  const absolute = resolve(path);
  const problem = path === '' ? 'not-a-directory' : problemOfDirectory(absolute);
  switch (problem) {
    case undefined:
      return absolute;
    case 'not-a-directory':
      throw new SessionOptionsError(`The working directory '${path}' is not a directory.`);
    case 'not-enterable':
      throw new SessionOptionsError(
        `The working directory '${path}' may not be entered by the user of the service: choose another, or grant that permission.`,
      );
  }
}
