import { statSync } from 'node:fs';
import { resolve } from 'node:path';

import { text } from './text.js';

/** Absolute, because interpreters run in other directories than the service. */
export function existingPath(value: unknown, kind: 'file' | 'directory'): string | undefined {
  const path = text(value);
  if (path === undefined) return undefined;
  return isThere(path, kind) ? resolve(path) : undefined;
}

/** What cannot be looked at, for want of rights or for a loop of links, is of no use either. */
function isThere(path: string, kind: 'file' | 'directory'): boolean {
  try {
    const found = statSync(path);
    return kind === 'file' ? found.isFile() : found.isDirectory();
  } catch {
    return false;
  }
}
