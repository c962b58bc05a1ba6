import type { SettingKey } from './schema.js';
import { SETTINGS } from './settings.js';

/** A value as it was written, and where: for messages. */
export interface WrittenValue {
  readonly value: unknown;
  readonly place: string;
  readonly secret: boolean;
}

export type WrittenSettings = ReadonlyMap<SettingKey, WrittenValue>;

/**
 * Returns the settings that were set, and where. The command line wins over the environment, the
 * environment over the file. An empty variable counts as not set.
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
