import { statSync } from 'node:fs';
import { dirname } from 'node:path';

import { ConfigurationError } from './configuration-error.js';
import { type NamedFile, readText } from './configuration-file.js';
import type { WrittenSettings } from './setting-sources.js';
import { text } from './values.js';

const READABLE_BY_OTHERS = 0o044;

/**
 * Adds the token from the file that a setting names: its first line.
 *
 * @throws ConfigurationError if the file cannot be read or is empty, or the token is set as well.
 */
export function withTokenOfFile(written: WrittenSettings): WrittenSettings {
  const file = tokenFileOf(written);
  if (file === undefined) return written;
  const other = written.get('token');
  if (other !== undefined) {
    throw new ConfigurationError([
      `${other.place} and ${file.place} both set the token; leave one of them out.`,
    ]);
  }
  const [line = ''] = readText(file).split(/\r?\n/, 1);
  const value = line.trim();
  if (value === '') {
    throw new ConfigurationError([
      `${file.place} is ${JSON.stringify(file.path)}, but should be a file whose first line is the token; that line is empty.`,
    ]);
  }
  return new Map(written).set('token', { value, place: file.place, secret: true });
}

/** Warns of a file that other users can read. Those of systemd's credentials are for the service. */
export function tokenFileWarnings(
  written: WrittenSettings,
  { CREDENTIALS_DIRECTORY }: NodeJS.ProcessEnv,
): string[] {
  const file = tokenFileOf(written);
  if (file === undefined || dirname(file.path) === CREDENTIALS_DIRECTORY) return [];
  const found = statSync(file.path, { throwIfNoEntry: false });
  if (!found?.isFile() || (found.mode & READABLE_BY_OTHERS) === 0) return [];
  return [
    `${file.place} is ${JSON.stringify(file.path)}, which other users can read; make it the service's alone (mode 600).`,
  ];
}

/** Returns undefined also for what is no path, which the schema refuses. */
function tokenFileOf(written: WrittenSettings): NamedFile | undefined {
  const named = written.get('tokenFile');
  if (typeof named?.value !== 'string') return undefined;
  const path = text(named.value.trim());
  return path === undefined ? undefined : { path, place: named.place };
}
