import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory of the package `_fujian`. */
export const PYTHON_SIDE = join(dirname(fileURLToPath(import.meta.url)), '../../python');
