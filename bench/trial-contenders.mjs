// Compares the service with a Jupyter kernel.
import { startClient } from './client.mjs';
import { startJupyter } from './jupyter.mjs';

/** @typedef {import('./contenders.mjs').Contenders} Contenders */
/** @typedef {import('./contenders.mjs').Setting} Setting */
/** @typedef {import('./rounds.mjs').Contender} Contender */
/** @typedef {Pick<import('./client.mjs').Client, 'trial' | 'stop'>} Tried */

/**
 * @param {import('./scenarios.mjs').TrialGroup} group
 * @param {Setting} setting
 * @returns {Contenders}
 */
export function openTried(group, { jupyter, control, closes }) {
  // Memory is measured in processes that have done nothing before.
  const open = group === 'memory' ? anew : opened(closes);
  const kernel = jupyter === undefined ? undefined : () => startJupyter(jupyter);
  const baseline = kernel && contender('jupyter', open(kernel));
  return {
    baselineOf: () => baseline,
    ours: [contender('service', open((control && kernel) || startClient))],
  };
}

/** @param {Setting['closes']} closes @returns {(start: () => Tried) => Tried['trial']} */
function opened(closes) {
  return (start) => {
    const { trial, stop } = start();
    closes.push(stop);
    return trial;
  };
}

/** @param {() => Tried} start @returns {Tried['trial']} */
function anew(start) {
  return async (job) => {
    const { trial, stop } = start();
    try {
      return await trial(job);
    } finally {
      await stop();
    }
  };
}

/** @param {string} name @param {Tried['trial']} trial @returns {Contender} */
function contender(name, trial) {
  return {
    name,
    sample: async (scenario, seconds) => {
      if (!('trial' in scenario)) throw new Error(`${scenario.title} is no trial`);
      return trial(scenario.trial(seconds));
    },
  };
}
