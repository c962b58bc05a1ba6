// Makes virtual environments for the bench once, with pinned versions.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ask, askIfItCan, pythonOnPath } from './python.mjs';
import { PROJECT } from './servers.mjs';

const CACHE = 'node_modules/.cache/fujian-bench';

/**
 * @param {string} name
 * @param {string[]} requirements
 * @param {string} versions code that prints their versions, and fails if one is missing
 * @returns {{ python: string, versions: string }}
 */
export function virtualEnvironment(name, requirements, versions) {
  const plain = pythonOnPath();
  const version = ask(plain, 'import platform; print(platform.python_version())');
  const folder = join(PROJECT, CACHE, `python-${version}-${name}`);
  const python = join(folder, 'bin/python3');
  if (askIfItCan(python, versions) === undefined) {
    process.stderr.write(`installing ${requirements.join(', ')} into ${CACHE}\n`);
    execFileSync(plain, ['-m', 'venv', '--clear', folder], { stdio: ['ignore', 2, 2] });
    const install = ['-m', 'pip', 'install', '-q', ...requirements];
    execFileSync(python, install, { stdio: ['ignore', 2, 2] });
  }
  return { python, versions: ask(python, versions) };
}
