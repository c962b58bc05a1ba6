import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Directory that contains the Python package `_fujian`. */
export const PYTHON_SIDE = join(
  dirname(createRequire(import.meta.url).resolve('#python/_fujian/__init__.py')),
  '..',
);
