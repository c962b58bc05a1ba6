import { readFileSync } from 'node:fs';

import { ConfigurationError } from './configuration-error.js';
import { CONFIG_FILE_VARIABLE } from './settings.js';

/** The members of the JSON file that FUJIAN_CONFIG names. */
export function readConfigurationFile(path: string): ReadonlyMap<string, unknown> {
  const json = parseJson(readText(path), path);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw unusableFile(path, 'a file that holds one JSON object, such as {"port": 1987}');
  }
  return new Map(Object.entries(json));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw unusableFile(path, `a file that can be read${reason}`, cause);
  }
}

/** The parser's own message would quote the file, and with it perhaps the token. */
function parseJson(content: string, path: string): unknown {
  try {
    return JSON.parse(content.replace(/^\uFEFF/, ''));
  } catch {
    throw unusableFile(path, 'a file of valid JSON; check its commas, quotes and braces');
  }
}

function unusableFile(path: string, expectation: string, cause?: unknown): ConfigurationError {
  const problem = `${CONFIG_FILE_VARIABLE} is ${JSON.stringify(path)}, but should be ${expectation}.`;
  return new ConfigurationError([problem], { cause });
}
