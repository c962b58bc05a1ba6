import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PythonNotFoundError } from '../../../../errors/start-errors.js';

/**
 * Returns the path of the Python to start: the configured one, else that of the active virtual
 * environment, else the first `python3` on PATH.
 *
 * @param setting a path, or a command on PATH.
 * @param warn is told if the virtual environment has no Python.
 * @throws PythonNotFoundError if there is none.
 */
export function locatePython(
  setting: string | undefined,
  environment: NodeJS.ProcessEnv,
  warn: (message: string) => void,
): string {
  if (setting !== undefined) {
    const found = setting.includes('/') ? executable(setting) : onPath(setting, environment);
    if (!found) {
      throw new PythonNotFoundError(
        `'${setting}', which the option python (FUJIAN_PYTHON) names`,
        'Set it to the path of a Python 3.9 or later, or leave it out to use python3.',
      );
    }
    return found;
  }
  const virtual = environment['VIRTUAL_ENV'];
  const own = virtual && executable(join(virtual, 'bin', 'python'));
  const found = own || onPath('python3', environment);
  if (!found) {
    throw new PythonNotFoundError(
      virtual ? `bin/python in VIRTUAL_ENV (${virtual}) and python3 on PATH` : 'python3 on PATH',
    );
  }
  if (virtual && !own) {
    warn(
      `VIRTUAL_ENV (${virtual}) has no bin/python, so ${found} runs instead, without the packages of that environment. ` +
        'Create the environment again, or unset VIRTUAL_ENV.',
    );
  }
  return found;
}

function onPath(command: string, { PATH }: NodeJS.ProcessEnv): string | undefined {
  for (const directory of (PATH ?? '').split(delimiter)) {
    const found = directory && executable(join(directory, command));
    if (found) return found;
  }
  return undefined;
}

function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? path : undefined;
  } catch {
    return undefined; // missing or not readable: the next place is tried
  }
}
