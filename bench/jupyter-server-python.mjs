// Finds a Python with a Jupyter server, its kernel and matplotlib, the usual stack of code
// interpreters. Fujian runs the same Python where the two are compared.
import { virtualEnvironment } from './virtual-environment.mjs';

/** The last releases that run on Python 3.9, the oldest that Fujian supports. */
const REQUIREMENTS = [
  'jupyter_server==2.17.0',
  'ipykernel==6.31.0',
  'matplotlib-inline==0.2.1',
  'numpy==2.0.2',
  'matplotlib==3.9.4',
];
const VERSIONS = `import ipykernel as k, jupyter_server as s, matplotlib as m, matplotlib_inline
print(f"jupyter_server {s.__version__}, ipykernel {k.__version__}, matplotlib {m.__version__}")`;

/** @returns {{ python: string, versions: string }} */
export function findJupyterServerPython() {
  return virtualEnvironment('jupyter-server', REQUIREMENTS, VERSIONS);
}
