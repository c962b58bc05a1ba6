import { readFileSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { CommandError } from '../command.error.js';

/** A script and its environment, as `python` has them. */
export interface Script {
  readonly code: string;
  /** The file name in tracebacks. */
  readonly filename: string;
  /** `__file__`. Undefined for a script from standard input. */
  readonly file?: string;
  /** The directory where `import` looks first. */
  readonly directory: string;
  /** `sys.argv` */
  readonly argv: readonly string[];
}

/** Names standard input on the command line. */
const STANDARD_INPUT = '-';

/** @throws CommandError if the script cannot be read or is not UTF-8. */
export function readScript(path: string, args: readonly string[]): Script {
  const argv = [path, ...args];
  if (path === STANDARD_INPUT) {
    const code = sourceOf(0, 'standard input');
    return { code, filename: '<stdin>', directory: '', argv };
  }
  // Python leaves dots in the path too.
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
