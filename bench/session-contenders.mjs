// Compares the service with the other ways to start an interpreter: a Jupyter kernel, plain
// processes.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startClient } from './client.mjs';
import { startJupyter } from './jupyter.mjs';
import { latencies, millisecondsSince } from './service-trials.mjs';

/** @typedef {import('./contenders.mjs').Contenders} Contenders */
/** @typedef {import('./contenders.mjs').Setting} Setting */
/** @typedef {import('./rounds.mjs').Contender} Contender */
/** @typedef {import('./session-jobs.mjs').SessionJob} SessionJob */

const run = promisify(execFile);

/**
 * @param {Setting} setting
 * @returns {Contenders}
 */
export function openSessions({ numpyPython, jupyter, control, closes }) {
  const client = startClient();
  closes.push(client.stop);
  const service = contender('service', numpyPython, client.session);
  const process = contender('process', numpyPython, startProcesses);
  /** @type {Contender | undefined} */
  let kernel;
  if (jupyter !== undefined) {
    const { trial, stop } = startJupyter(jupyter);
    closes.push(stop);
    kernel = contender('jupyter', numpyPython, trial);
  }
  /** @type {Contenders['baselineOf']} */
  const baselineOf = (scenario) => {
    const beside = 'beside' in scenario ? scenario.beside : undefined;
    return beside === 'kernel' ? kernel : beside && process;
  };
  /** @type {Contender} */
  const played = {
    name: 'service',
    sample: (scenario, seconds) => (baselineOf(scenario) ?? service).sample(scenario, seconds),
  };
  return { baselineOf, ours: [control ? played : service] };
}

/**
 * @param {string} name
 * @param {string | undefined} python
 * @param {(job: SessionJob) => Promise<import('./rounds.mjs').Sample>} trial
 * @returns {Contender}
 */
function contender(name, python, trial) {
  return {
    name,
    sample: async (scenario, seconds) => {
      if (!('sessionTrial' in scenario) || python === undefined) {
        throw new Error(`${scenario.title} is nothing that sessions do`);
      }
      return trial(scenario.sessionTrial(seconds, python));
    },
  };
}

/** Starts whole processes that import the same modules and end. @param {SessionJob} job */
function startProcesses({ seconds, python, preload }) {
  const code = preload.length > 0 ? `import ${preload.join(', ')}` : 'pass';
  return latencies(seconds, async () => {
    const startedAt = process.hrtime.bigint();
    await run(python, ['-c', code]);
    return millisecondsSince(startedAt);
  });
}
