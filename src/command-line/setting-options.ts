import { type Command, Option } from 'commander';
import type { CommandLine } from '../../config/load-configuration.js';
import { configurationSchema, type SettingKey } from '../../config/schema.js';
import { writtenQuantity } from '../../config/values.js';
import type { WrittenValue } from '../../config/setting-sources.js';
import { CONFIG_FILE_VARIABLE, type Setting, SETTINGS } from '../../config/settings.js';
import { CommandError } from './command.error.js';

/**
 * Headings of the help, by the first setting under each. Settings are in the order of the schema.
 */
const HEADINGS: ReadonlyMap<SettingKey, string> = new Map<SettingKey, string>([
  ['hosts', 'Listening:'],
  ['origins', 'Access:'],
  ['python', 'Python:'],
  ['maxSessions', 'Sessions and executions:'],
  ['memoryLimit', 'Limits of interpreters:'],
  ['logLevel', 'Logging:'],
]);

const DEFAULT_VALUES: Readonly<Record<string, unknown>> = configurationSchema.parse({});

const isFlag = ({ key }: Setting): boolean => typeof DEFAULT_VALUES[key] === 'boolean';

/** Returns the option of a setting: `--http-adapter` for `httpAdapter`. */
const optionOf = (key: string): string =>
  `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Adds an option for each setting of the configuration. */
export function addSettingOptions(command: Command): void {
  command.option(
    '--config <file>',
    `JSON file with settings. Options and the environment win over it. [${CONFIG_FILE_VARIABLE}]`,
  );
  for (const setting of SETTINGS) {
    const heading = HEADINGS.get(setting.key);
    if (heading !== undefined) command.optionsGroup(heading);
    for (const option of optionsFor(setting)) command.addOption(option);
  }
}

function optionsFor(setting: Setting): Option[] {
  const name = optionOf(setting.key);
  const description = `${setting.description} ${factsOf(setting)}`;
  if (setting.secret === true) return [refusedSecret(setting)];
  const secret = SETTINGS.find(({ key }) => setting.key === `${key}File`);
  if (secret) return [new Option(`${name} <file>`, `${secret.description} ${description}`)];
  if (!isFlag(setting))
    return [new Option(`${name} <${kindOf(setting)}>`, description).argParser(listed(setting))];
  const off = new Option(`--no-${name.slice(2)}`, `The opposite of ${name}.`);
  return [new Option(name, description), off];
}

/** Names the kind of value of a setting. */
function kindOf({ key, quantity }: Setting): string {
  return quantity ?? (Array.isArray(DEFAULT_VALUES[key]) ? 'list' : 'value');
}

/** Returns the variable and the default: `[FUJIAN_PORT, default 1987]`. */
function factsOf({ key, variable, quantity }: Setting): string {
  const value = DEFAULT_VALUES[key] as string | number | boolean | readonly string[] | undefined;
  const text =
    quantity !== undefined && typeof value === 'number'
      ? writtenQuantity(value, quantity)
      : (value?.toString().replaceAll(',', ', ') ?? '');
  return text === '' ? `[${variable}]` : `[${variable}, default ${text}]`;
}

/** Collects values: a list may have several options; of other settings the last one counts. */
function listed({ key }: Setting): (value: string, previous: unknown) => string {
  const isList = Array.isArray(DEFAULT_VALUES[key]);
  return (value, previous) =>
    isList && typeof previous === 'string' ? `${previous},${value}` : value;
}

function refusedSecret(setting: Setting): Option {
  const name = optionOf(setting.key);
  return new Option(`${name} <value>`).hideHelp().argParser(() => {
    throw new CommandError(
      `${name} is refused, since all users of this machine can read command lines: ` +
        `set ${setting.variable}, or use ${name}-file.`,
    );
  });
}

/** Returns the settings of the command line. */
export function commandLineOf(command: Command): CommandLine {
  const path = command.getOptionValue('config') as string | undefined;
  const settings = new Map<SettingKey, WrittenValue>();
  for (const setting of SETTINGS) {
    const written = writtenIn(command, setting);
    if (written !== undefined) settings.set(setting.key, written);
  }
  return { settings, ...(path !== undefined && { file: { path, place: '--config' } }) };
}

function writtenIn(command: Command, { key }: Setting): WrittenValue | undefined {
  const value: unknown = command.getOptionValue(key);
  if (value === undefined) return undefined;
  const name = optionOf(key);
  return { value, place: value === false ? `--no-${name.slice(2)}` : name, secret: false };
}
