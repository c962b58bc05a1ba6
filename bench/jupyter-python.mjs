// Finds a Python with ipykernel and jupyter_client. The bench does not install them, as they bring
// a dozen packages along and distributions have them.
import { askIfItCan, pythonOnPath } from './python.mjs';

const VERSIONS = `import platform as p, ipykernel as k, jupyter_client as c
print(f"ipykernel {k.__version__} and jupyter_client {c.__version__} on Python {p.python_version()}")`;

/** Printed where no such Python is found. */
export const HOW_TO_GET_JUPYTER =
  'No Jupyter to compare with: `apt-get install python3-ipykernel python3-jupyter-client`, or ' +
  '`pip install ipykernel jupyter_client` for the python3 on PATH, adds that baseline.';

/** @returns {{ python: string, versions: string } | undefined} */
export function findJupyterPython() {
  for (const python of [pythonOnPath(), '/usr/bin/python3']) {
    const versions = askIfItCan(python, VERSIONS);
    if (versions !== undefined) return { python, versions };
  }
  return undefined;
}
