// Compares the service with other libraries, each in a process with its own event loop.
import { startClient } from './client.mjs';

/** @typedef {import('./contenders.mjs').Contenders} Contenders */
/** @typedef {import('./contenders.mjs').Setting} Setting */
/** @typedef {import('./rounds.mjs').Contender} Contender */
/** @typedef {import('./values-libraries.mjs').LibraryName} LibraryName */

/**
 * @param {Setting} setting
 * @returns {Contenders}
 */
export function openValues({ numpyPython, control, closes }) {
  /** @type {(library: LibraryName, name?: string) => Contender} */
  const contender = (library, name = library) => {
    const client = startClient();
    closes.push(client.stop);
    return {
      name,
      sample: async (scenario, seconds) => {
        if (!('valuesTrial' in scenario) || numpyPython === undefined) {
          throw new Error(`${scenario.title} passes no values`);
        }
        return client.values(scenario.valuesTrial(seconds, numpyPython, library));
      },
    };
  };
  const others = { pythonia: contender('pythonia'), 'python-shell': contender('python-shell') };
  /** @type {Contenders['baselineOf']} */
  const baselineOf = (scenario) =>
    'than' in scenario && scenario.than ? others[scenario.than] : undefined;
  const service = contender('fujian', 'service');
  /** @type {Contender} */
  const played = {
    name: 'service',
    sample: (scenario, seconds) => (baselineOf(scenario) ?? service).sample(scenario, seconds),
  };
  return { baselineOf, ours: [control ? played : service] };
}
