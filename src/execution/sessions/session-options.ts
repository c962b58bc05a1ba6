import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { moduleName } from '../../../config/values/module-name.js';
import { SessionOptionsError } from '../../errors/session-errors.js';
import type { SessionId } from '../ids.js';
import type { SessionLimits } from '../session-limits.js';

/** How a session is to be. Every member is optional. */
export interface SessionOptions {
  /** Letters, digits, `.`, `_` and `-`, at most 64, the first a letter or digit. Default: a random one. */
  readonly id?: string;
  /** A directory. Default: the module's, else the service's own. */
  readonly cwd?: string;
  /** Environment variables, beside those of the service. */
  readonly env?: Readonly<Record<string, string>>;
  /** In place of the module's, one by one. */
  readonly limits?: SessionLimits;
  /** Modules that are imported before anything else, beside those of the module. */
  readonly preload?: readonly string[];
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Lone surrogates are no characters: nothing can encode them. */
const NO_NAME = /[=\0\p{Surrogate}]/u;
const NO_VALUE = /[\0\p{Surrogate}]/u;

/** @throws SessionOptionsError */
export function sessionId(id: string = randomUUID()): SessionId {
  if (ID.test(id)) return id as SessionId;
  throw new SessionOptionsError(
    `'${id}' cannot be the id of a context: it takes letters, digits, '.', '_' and '-', at most 64, and begins with a letter or digit.`,
  );
}

/**
 * What a caller has written, checked.
 *
 * @throws SessionOptionsError
 */
export function checkedOptions({ cwd, env = {}, preload = [] }: SessionOptions): {
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly preload: readonly string[];
} {
  const refusal = environmentRefusal(env);
  if (refusal) throw refusal;
  for (const module of preload) {
    if (moduleName(module) === undefined) {
      throw new SessionOptionsError(`'${module}' is not the name of a Python module.`);
    }
  }
  return { cwd: cwd === undefined ? undefined : directory(cwd), env, preload };
}

/** Why these cannot be set, if they cannot. */
export function environmentRefusal(
  env: Readonly<Record<string, string>>,
): SessionOptionsError | undefined {
  const unusable = Object.entries(env).find(
    ([name, value]) => name === '' || NO_NAME.test(name) || NO_VALUE.test(value),
  );
  return (
    unusable &&
    new SessionOptionsError(`'${unusable[0]}' cannot be set as an environment variable.`)
  );
}

function directory(path: string): string {
  const absolute = resolve(path);
  if (path !== '' && isDirectory(absolute)) return absolute;
  throw new SessionOptionsError(
    `'${path}', which is to be the working directory, is no directory.`,
  );
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // it is not there, or no path at all, or not for us to see
  }
}
