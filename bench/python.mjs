// Asks a Python what it is and what it has.
import { execFileSync } from 'node:child_process';

/** @param {string} python @param {string} code @returns {string} what it prints */
export function ask(python, code) {
  return execFileSync(python, ['-c', code], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

/** @param {string} python @param {string} code @returns {string | undefined} */
export function askIfItCan(python, code) {
  try {
    return ask(python, code);
  } catch {
    return undefined;
  }
}

/**
 * Returns the real interpreter: a pyenv shim named `python3` would add its 160 ms to every start.
 */
export function pythonOnPath() {
  return ask('python3', 'import sys; print(sys.executable)');
}
