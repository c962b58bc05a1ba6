// Opens the contenders of each group of scenarios: the baseline, and Fujian's variants.
import { openCode } from './code-contenders.mjs';
import { openLarge } from './large-contenders.mjs';
import { openLoaded } from './load-contenders.mjs';
import { openSessions } from './session-contenders.mjs';
import { openTried } from './trial-contenders.mjs';
import { openValues } from './values-contenders.mjs';

/** @typedef {import('./rounds.mjs').Contender} Contender */
/** @typedef {import('./scenarios.mjs').Scenario} Scenario */

/**
 * @typedef {object} Contenders
 * @property {(scenario: Scenario) => Contender | undefined} baselineOf
 * @property {Contender[]} ours
 */

/**
 * @typedef {object} Setting
 * @property {string} python one that has Tornado
 * @property {string | undefined} numpyPython one that has numpy and matplotlib, where sessions and values are measured
 * @property {string | undefined} jupyter a Python that has ipykernel
 * @property {string | undefined} jupyterServerPython one that has a Jupyter server and matplotlib
 * @property {boolean} control runs the baseline in Fujian's place too: any ratio other than 1 is then noise
 * @property {(() => Promise<void>)[]} closes collects functions to call at the end
 */

/**
 * @param {import('./scenarios.mjs').Group} group
 * @param {Setting} setting
 * @returns {Promise<Contenders>}
 */
export async function openContenders(group, setting) {
  switch (group) {
    case 'interrupt':
    case 'death':
    case 'output':
    case 'memory':
      return openTried(group, setting);
    case 'sessions':
      return openSessions(setting);
    case 'large':
      return openLarge(setting);
    case 'values':
      return openValues(setting);
    case 'execute':
    case 'plot':
    case 'bulk':
    case 'hangup':
      return openCode(group, setting);
    default:
      return openLoaded(group, setting);
  }
}
