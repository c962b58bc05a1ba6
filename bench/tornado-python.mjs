// A Python that has Tornado: the installed one, or else a virtual environment of the bench's own.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ask, askIfItCan, pythonOnPath } from './python.mjs';
import { PROJECT } from './servers.mjs';

/** The last line of releases that runs on Python 3.9, the oldest that Fujian supports. */
const TORNADO = 'tornado==6.5.10';

/** @returns {{ python: string, versions: string }} */
export function findTornadoPython() {
  const plain = pythonOnPath();
  const installed = versionsOf(plain);
  if (installed !== undefined) return { python: plain, versions: installed };

  const version = ask(plain, 'import platform; print(platform.python_version())');
  const cache = 'node_modules/.cache/fujian-bench';
  const folder = join(PROJECT, cache, `python-${version}-${TORNADO}`);
  const python = join(folder, 'bin/python3');
  if (versionsOf(python) === undefined) {
    process.stderr.write(`installing ${TORNADO} into ${cache}\n`);
    execFileSync(plain, ['-m', 'venv', '--clear', folder], { stdio: ['ignore', 2, 2] });
    execFileSync(python, ['-m', 'pip', 'install', '-q', TORNADO], { stdio: ['ignore', 2, 2] });
  }
  return { python, versions: versionsOf(python) ?? 'no Tornado' };
}

/** @param {string} python @returns {string | undefined} undefined where there is no Tornado */
function versionsOf(python) {
  return askIfItCan(
    python,
    'import platform as p, tornado as t; print(f"Python {p.python_version()}, Tornado {t.version}")',
  );
}
