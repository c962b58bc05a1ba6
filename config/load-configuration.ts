import { type NamedFile, readConfigurationFile } from './configuration-file.js';
import { ConfigurationError } from './configuration-error.js';
import { exposedHosts, judgeListening, listenedHosts } from './listening-rules.js';
import { configurationSchema } from './schema.js';
import type { Configuration, SettingKey } from './schema.js';
import { writtenSettings } from './setting-sources.js';
import type { WrittenSettings, WrittenValue } from './setting-sources.js';
import { CONFIG_FILE_VARIABLE } from './settings.js';
import { tokenFileWarnings, withTokenOfFile } from './token-file.js';
import { unknownKeyProblems, unknownVariableWarnings } from './unknown-settings.js';

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** The settings that were set, and where. All others have their defaults. */
  readonly written: WrittenSettings;
  /** Sentences for the log, about nothing that must stop the service. */
  readonly warnings: string[];
}

/** Settings from the command line, which win over all others. */
export interface CommandLine {
  readonly file?: NamedFile;
  readonly settings: WrittenSettings;
}

const LONGEST_QUOTE = 100;

/**
 * Loads the configuration from the command line, the environment, the file that FUJIAN_CONFIG
 * names, and the defaults, in this order of precedence.
 *
 * @throws ConfigurationError if a setting is unusable.
 */
export function loadConfiguration(
  environment: NodeJS.ProcessEnv = process.env,
  commandLine: CommandLine = { settings: new Map() },
): LoadedConfiguration {
  const named = commandLine.file ?? fileNamedIn(environment);
  const file = named ? readConfigurationFile(named) : new Map<string, unknown>();
  const written = withTokenOfFile(writtenSettings(commandLine.settings, environment, file));

  const parsed = parse(written, unknownKeyProblems(file));
  const hosts = listenedHosts(parsed, written);
  const listening = { ...parsed, hosts };

  const { problems, warnings } = judgeListening(listening, written);
  if (problems.length > 0) throw new ConfigurationError(problems);

  const requireToken = parsed.requireToken || exposedHosts(hosts).length > 0;
  return {
    configuration: { ...listening, requireToken },
    written,
    warnings: [
      ...unknownVariableWarnings(environment),
      ...tokenFileWarnings(written, environment),
      ...warnings,
    ],
  };
}

function fileNamedIn({ [CONFIG_FILE_VARIABLE]: path }: NodeJS.ProcessEnv): NamedFile | undefined {
  return path ? { path, place: CONFIG_FILE_VARIABLE } : undefined;
}

function parse(written: WrittenSettings, problems: readonly string[]): Configuration {
  const values = Object.fromEntries([...written].map(([key, { value }]) => [key, value]));
  const result = configurationSchema.safeParse(values);
  const unreadable = result.error?.issues.map(({ path: [key], message }) => {
    const writtenValue = written.get(key as SettingKey);
    return writtenValue === undefined ? message : sentenceAbout(writtenValue, message);
  });
  if (!result.success || problems.length > 0) {
    throw new ConfigurationError([...problems, ...(unreadable ?? [])]);
  }
  return result.data;
}

function sentenceAbout({ place, value, secret }: WrittenValue, expectation: string): string {
  const quoted = JSON.stringify(value);
  const short = quoted.length > LONGEST_QUOTE ? `${quoted.slice(0, LONGEST_QUOTE)}…` : quoted;
  return `${place} is ${secret ? 'set' : short}, but should be ${expectation}.`;
}
