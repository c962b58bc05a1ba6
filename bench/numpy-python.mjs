// Finds a Python with numpy and matplotlib, the libraries that sessions mostly preload.
import { virtualEnvironment } from './virtual-environment.mjs';

/** The last releases that run on Python 3.9, the oldest that Fujian supports. */
const REQUIREMENTS = ['numpy==2.0.2', 'matplotlib==3.9.4'];
const VERSIONS = `import numpy as n, matplotlib as m
print(f"numpy {n.__version__}, matplotlib {m.__version__}")`;

/** @returns {{ python: string, versions: string }} */
export function findNumpyPython() {
  return virtualEnvironment('numpy-matplotlib', REQUIREMENTS, VERSIONS);
}
