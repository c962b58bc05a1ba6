import { configurationSchema } from './schema.js';
import type { SettingKey } from './schema.js';
import { settingFacts } from './setting.js';
import type { SettingFacts } from './setting.js';

export interface Setting extends SettingFacts {
  readonly key: SettingKey;
}

/** Variable that names the optional JSON file; not a setting itself. */
export const CONFIG_FILE_VARIABLE = 'FUJIAN_CONFIG';

/** Variable that names the service for `fujian run`; not a setting of the service. */
export const URL_VARIABLE = 'FUJIAN_URL';

/** Every setting of the schema, in its order. */
export const SETTINGS: readonly Setting[] = Object.entries(configurationSchema.shape).map(
  ([key, type]) => {
    const facts = settingFacts.get(type);
    if (facts === undefined) throw new Error(`The setting ${key} has no variable; use setting().`);
    return { ...facts, key: key as SettingKey };
  },
);
