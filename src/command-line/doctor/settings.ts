import { ConfigurationError } from '../../../config/configuration-error.js';
import {
  type CommandLine,
  type LoadedConfiguration,
  loadConfiguration,
} from '../../../config/load-configuration.js';
import { type Finding, ok, problem, warning } from './finding.js';

const CHECK = 'configuration';

/** Checks the settings. If they are unusable, the other checks use the defaults. */
export function checkSettings(commandLine: () => CommandLine): {
  readonly loaded: LoadedConfiguration;
  readonly findings: readonly Finding[];
} {
  try {
    const loaded = loadConfiguration(process.env, commandLine());
    return { loaded, findings: [summaryOf(loaded), ...warningsOf(loaded)] };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const advice = 'The other checks use the default settings.';
    const findings = error.problems.map((sentence) => problem(CHECK, sentence, advice));
    return { loaded: loadConfiguration({}), findings };
  }
}

function summaryOf({ configuration, written }: LoadedConfiguration): Finding {
  const { requireToken, token } = configuration;
  const places = [...new Set([...written.values()].map(({ place }) => place))];
  const set = places.length === 0 ? 'all settings are the defaults' : `set: ${places.join(', ')}`;
  const access = requireToken
    ? 'the token is required'
    : `programs and local pages of this machine need no token${token === undefined ? '' : ', though one is set'}`;
  return ok(CHECK, `${set}; ${access}`);
}

function warningsOf({ warnings }: LoadedConfiguration): Finding[] {
  return warnings.map((sentence) => warning(CHECK, sentence));
}
