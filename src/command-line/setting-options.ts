import { type Command, Option } from 'commander';
import { readText } from '../../config/configuration-file.js';
import type { CommandLine } from '../../config/load-configuration.js';
import { configurationSchema, type SettingKey } from '../../config/schema.js';
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

const fileOptionOf = ({ key }: Setting): string => `${optionOf(key)}-file`;
const fileAttributeOf = ({ key }: Setting): string => `${key}File`;

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
  if (setting.secret === true) {
    const file = `${setting.description} Read from the first line of a file. [${setting.variable} for the secret itself]`;
    return [new Option(`${fileOptionOf(setting)} <file>`, file), refusedSecret(setting)];
  }
  if (!isFlag(setting))
    return [new Option(`${name} <value>`, description).argParser(listed(setting))];
  const off = new Option(`--no-${name.slice(2)}`, `The opposite of ${name}.`);
  return [new Option(name, description), off];
}

/** Returns the variable and the default: `[FUJIAN_PORT, default 1987]`. */
function factsOf({ key, variable }: Setting): string {
  const value = DEFAULT_VALUES[key] as string | number | boolean | readonly string[] | undefined;
  const text = value?.toString().replaceAll(',', ', ') ?? '';
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
        `set ${setting.variable}, or use ${fileOptionOf(setting)}.`,
    );
  });
}

/**
 * Returns the settings of the command line.
 *
 * @throws ConfigurationError if the file of a secret cannot be read.
 */
export function commandLineOf(command: Command): CommandLine {
  const path = command.getOptionValue('config') as string | undefined;
  const settings = new Map<SettingKey, WrittenValue>();
  for (const setting of SETTINGS) {
    const written = writtenIn(command, setting);
    if (written !== undefined) settings.set(setting.key, written);
  }
  return { settings, ...(path !== undefined && { file: { path, place: '--config' } }) };
}

function writtenIn(command: Command, setting: Setting): WrittenValue | undefined {
  if (setting.secret === true) {
    const path = command.getOptionValue(fileAttributeOf(setting)) as string | undefined;
    if (path === undefined) return undefined;
    const place = fileOptionOf(setting);
    const [value] = readText({ path, place }).split(/\r?\n/);
    return { value, place, secret: true };
  }
  const value: unknown = command.getOptionValue(setting.key);
  if (value === undefined) return undefined;
  const name = optionOf(setting.key);
  return { value, place: value === false ? `--no-${name.slice(2)}` : name, secret: false };
}
