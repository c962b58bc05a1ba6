// Compares the code-interpreter protocol with a kernel behind a Jupyter server, on the same Python.
import { startClient } from './client.mjs';
import { startFujian, startJupyterServer } from './servers.mjs';

/** @typedef {import('./contenders.mjs').Contenders} Contenders */
/** @typedef {import('./rounds.mjs').Contender} Contender */
/** @typedef {import('./code-jobs.mjs').Over} Over */

/** @type {Record<import('./scenarios.mjs').CodeGroup, Record<string, Over>>} */
const OURS = {
  execute: { SDK: 'sdk', 'raw client': 'raw', 'plain `POST /`': 'post' },
  plot: { SDK: 'sdk' },
  bulk: { 'raw client': 'raw' },
  hangup: { 'raw client': 'raw' },
};

/**
 * @param {import('./scenarios.mjs').CodeGroup} group
 * @param {import('./contenders.mjs').Setting} setting
 * @returns {Promise<Contenders>}
 */
export async function openCode(group, { jupyterServerPython: python, control, closes }) {
  if (python === undefined) throw new Error('no Python with a Jupyter server');
  const client = startClient();
  closes.push(client.stop);
  /** @type {(name: string, over: Over, port: number) => Contender} */
  const contender = (name, over, port) => ({
    name,
    sample: async (scenario, seconds) => {
      if (!('codeTrial' in scenario)) throw new Error(`${scenario.title} is of another protocol`);
      return client.code({ way: 'code', over, port, seconds, ...scenario.codeTrial });
    },
  });
  const fujian = await startFujian('express', python);
  closes.push(fujian.stop);
  const jupyter = await startJupyterServer(python);
  closes.push(jupyter.stop);
  const baseline = contender('jupyter', 'kernel', jupyter.port);
  const isPlayed = control && group !== 'hangup';
  return {
    baselineOf: () => baseline,
    ours: Object.entries(OURS[group]).map(([name, over]) =>
      isPlayed ? { ...baseline, name } : contender(name, over, fujian.port),
    ),
  };
}
