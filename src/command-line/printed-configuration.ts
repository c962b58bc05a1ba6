import type { LoadedConfiguration } from '../../config/load-configuration.js';
import { SETTINGS } from '../../config/settings.js';

/** Returns the settings as JSON, each with its source, without secrets. */
export function printedConfiguration({
  configuration,
  written,
  warnings,
}: LoadedConfiguration): string {
  const settings = SETTINGS.map(({ key, secret = false }) => {
    const value = configuration[key];
    const shown = secret && value !== undefined ? '(secret)' : (value ?? null);
    return [key, { value: shown, from: written.get(key)?.place ?? 'default' }];
  });
  return `${JSON.stringify({ settings: Object.fromEntries(settings), warnings }, undefined, 2)}\n`;
}
