import { type Command, Option } from 'commander';
import { readText } from '../../config/configuration-file.js';
import type { CommandLine } from '../../config/load-configuration.js';
import { configurationSchema, type SettingKey } from '../../config/schema.js';
import type { WrittenValue } from '../../config/setting-sources.js';
import { CONFIG_FILE_VARIABLE, type Setting, SETTINGS } from '../../config/settings.js';
import { CommandError } from './command.error.js';

/** The help lists settings in the order of the schema, under headings; each heading begins at a setting. */
const HEADINGS: ReadonlyMap<SettingKey, string> = new Map<SettingKey, string>([
  ['hosts', 'Where it listens:'],
  ['origins', 'Who may come in:'],
  ['python', 'Python:'],
  ['maxSessions', 'Sessions and executions:'],
  ['memoryLimit', 'What an interpreter may use:'],
  ['logLevel', 'What it tells:'],
]);

const DEFAULT_VALUES: Readonly<Record<string, unknown>> = configurationSchema.parse({});

const isFlag = ({ key }: Setting): boolean => typeof DEFAULT_VALUES[key] === 'boolean';

/** `httpAdapter` is set by `--http-adapter`. */
const optionOf = (key: string): string =>
  `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const fileOptionOf = ({ key }: Setting): string => `${optionOf(key)}-file`;
const fileAttributeOf = ({ key }: Setting): string => `${key}File`;

/** Gives the command an option for each setting of the configuration. */
export function addSettingOptions(command: Command): void {
  command.option(
    '--config <file>',
    `JSON file with settings, which the options and the environment win over. [${CONFIG_FILE_VARIABLE}]`,
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
    const file = `${setting.description} The first line of a file. [${setting.variable} has it itself]`;
    return [new Option(`${fileOptionOf(setting)} <file>`, file), refusedSecret(setting)];
  }
  if (!isFlag(setting))
    return [new Option(`${name} <value>`, description).argParser(listed(setting))];
  const off = new Option(`--no-${name.slice(2)}`, `The contrary of ${name}.`);
  return [new Option(name, description), off];
}

/** `[FUJIAN_PORT, default 1987]` */
function factsOf({ key, variable }: Setting): string {
  const value = DEFAULT_VALUES[key] as string | number | boolean | readonly string[] | undefined;
  const text = value?.toString().replaceAll(',', ', ') ?? '';
  return text === '' ? `[${variable}]` : `[${variable}, default ${text}]`;
}

/** A list may be given by several options, of anything else the last one counts. */
function listed({ key }: Setting): (value: string, previous: unknown) => string {
  const isList = Array.isArray(DEFAULT_VALUES[key]);
  return (value, previous) =>
    isList && typeof previous === 'string' ? `${previous},${value}` : value;
}

function refusedSecret(setting: Setting): Option {
  const name = optionOf(setting.key);
  return new Option(`${name} <value>`).hideHelp().argParser(() => {
    throw new CommandError(
      `${name} is not taken, since all users of this machine can read the command lines of its programs: ` +
        `set ${setting.variable}, or use ${fileOptionOf(setting)}.`,
    );
  });
}

/**
 * What was typed.
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
