import { readFileSync } from 'node:fs';

import { ConfigurationError } from './configuration-error.js';

/** A file that is to be read, and where its path is written. */
export interface NamedFile {
  readonly path: string;
  readonly place: string;
}

/** The members of a JSON file. */
export function readConfigurationFile(file: NamedFile): ReadonlyMap<string, unknown> {
  const json = parseJson(readText(file), file);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw unusableFile(file, 'a file that holds one JSON object, such as {"port": 1987}');
  }
  return new Map(Object.entries(json));
}

/** @throws ConfigurationError */
export function readText(file: NamedFile): string {
  try {
    return readFileSync(file.path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw unusableFile(file, `a file that can be read${reason}`, cause);
  }
}

/** The parser's own message would quote the file, and with it perhaps the token. */
function parseJson(content: string, file: NamedFile): unknown {
  try {
    return JSON.parse(content.replace(/^\uFEFF/, ''));
  } catch {
    throw unusableFile(file, 'a file of valid JSON; check its commas, quotes and braces');
  }
}

function unusableFile(
  { path, place }: NamedFile,
  expectation: string,
  cause?: unknown,
): ConfigurationError {
  const problem = `${place} is ${JSON.stringify(path)}, but should be ${expectation}.`;
  return new ConfigurationError([problem], { cause });
}
