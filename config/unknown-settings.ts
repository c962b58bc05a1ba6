import { nearestName } from './nearest-name.js';
import { CONFIG_FILE_VARIABLE, SETTINGS, URL_VARIABLE } from './settings.js';

const KEYS = SETTINGS.map(({ key }) => key);
const VARIABLES = [...SETTINGS.map(({ variable }) => variable), CONFIG_FILE_VARIABLE, URL_VARIABLE];

/** Reports unknown keys as problems: the file is Fujian's alone, so they are mistakes. */
export function unknownKeyProblems(file: ReadonlyMap<string, unknown>): string[] {
  return unknownAmong([...file.keys()], KEYS).map(
    (key) =>
      `${JSON.stringify(key)} in the configuration file is not a setting${suggestion(key, KEYS)}.`,
  );
}

/** Warns of unknown variables, which may belong to other programs. */
export function unknownVariableWarnings(environment: NodeJS.ProcessEnv): string[] {
  const ours = Object.keys(environment).filter((variable) => variable.startsWith('FUJIAN_'));
  return unknownAmong(ours, VARIABLES).map(
    (variable) => `${variable} is not a setting and is ignored${suggestion(variable, VARIABLES)}.`,
  );
}

function unknownAmong(names: readonly string[], known: readonly string[]): string[] {
  return names.filter((name) => !known.includes(name));
}

function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : `; perhaps ${nearest} is meant`;
}
