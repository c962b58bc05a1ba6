// Finds a Python with Tornado: the installed one, or one in the bench's own virtual environment.
import { askIfItCan, pythonOnPath } from './python.mjs';
import { virtualEnvironment } from './virtual-environment.mjs';

/** The last line of releases that runs on Python 3.9, the oldest that Fujian supports. */
const TORNADO = 'tornado==6.5.10';
const VERSIONS =
  'import platform as p, tornado as t; print(f"Python {p.python_version()}, Tornado {t.version}")';

/** @returns {{ python: string, versions: string }} */
export function findTornadoPython() {
  const python = pythonOnPath();
  const versions = askIfItCan(python, VERSIONS);
  return versions === undefined
    ? virtualEnvironment(TORNADO, [TORNADO], VERSIONS)
    : { python, versions };
}
