import { readFileSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { CommandError } from '../command.error.js';

/** What is to be run, as `python` would have it. */
export interface Script {
  readonly code: string;
  /** The name that tracebacks show. */
  readonly filename: string;
  /** `__file__`; a script from standard input has none. */
  readonly file?: string;
  /** Where `import` looks first. */
  readonly directory: string;
  /** `sys.argv` */
  readonly argv: readonly string[];
}

/** Stands for standard input. */
const STANDARD_INPUT = '-';

/** @throws CommandError */
export function readScript(path: string, args: readonly string[]): Script {
  const argv = [path, ...args];
  if (path === STANDARD_INPUT) {
    const code = sourceOf(0, 'standard input');
    return { code, filename: '<stdin>', directory: '', argv };
  }
  // Python leaves the dots in it.
  const file = isAbsolute(path) ? path : `${process.cwd()}/${path}`;
  const code = sourceOf(file, path);
  return { code, filename: file, file, directory: dirname(realpathSync(file)), argv };
}

function sourceOf(source: string | number, name: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(source);
  } catch (cause) {
    const { message } = cause as Error;
    throw new CommandError(`the script ${name} cannot be read: ${message}.`, { cause });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CommandError(`the script ${name} is not in UTF-8, so nothing was run.`, { cause });
  }
}
