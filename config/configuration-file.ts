import { readFileSync } from 'node:fs';

import { ConfigurationError } from './configuration-error.js';

/** A file to read, and the option or variable that names it. */
export interface NamedFile {
  readonly path: string;
  readonly place: string;
}

/**
 * Returns the members of a JSON file.
 *
 * @throws ConfigurationError if the file cannot be read or holds no JSON object.
 */
export function readConfigurationFile(file: NamedFile): ReadonlyMap<string, unknown> {
  const json = parseJson(readText(file), file);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw unusableFile(file, 'a file that holds one JSON object, such as {"port": 1987}');
  }
  return new Map(Object.entries(json));
}

/** @throws ConfigurationError if the file cannot be read. */
export function readText(file: NamedFile): string {
  try {
    return readFileSync(file.path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw unusableFile(file, `a readable file${reason}`, cause);
  }
}

/**
 * Parses JSON without the parser's own message, which would quote the file and perhaps the token.
 */
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
