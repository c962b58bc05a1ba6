import type { SettingKey } from './schema.js';
import { SETTINGS } from './settings.js';

/** A value as somebody wrote it, and where: for messages. */
export interface WrittenValue {
  readonly value: unknown;
  readonly place: string;
  readonly secret: boolean;
}

export type WrittenSettings = ReadonlyMap<SettingKey, WrittenValue>;

/**
 * What is set, and where. The command line wins over the environment, that over the file; an empty variable is
 * not set.
 */
export function writtenSettings(
  options: WrittenSettings,
  environment: NodeJS.ProcessEnv,
  file: ReadonlyMap<string, unknown>,
): WrittenSettings {
  const written = new Map<SettingKey, WrittenValue>();
  for (const { key, variable, secret = false } of SETTINGS) {
    const option = options.get(key);
    const value = environment[variable];
    if (option !== undefined) {
      written.set(key, option);
    } else if (value !== undefined && value !== '') {
      written.set(key, { value, place: variable, secret });
    } else if (file.has(key)) {
      written.set(key, {
        value: file.get(key),
        place: `"${key}" in the configuration file`,
        secret,
      });
    }
  }
  return written;
}
