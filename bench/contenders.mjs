// Who is measured in each group of scenarios: the baseline first, then Fujian's variants.
import { startClient } from './client.mjs';
import { timeToFirstAnswer } from './first-answer.mjs';
import { startFujian, startTornado } from './servers.mjs';

/** @typedef {import('./rounds.mjs').Contender} Contender */
/** @typedef {() => Promise<import('./servers.mjs').Server>} Launch */
/** @typedef {() => Promise<void>} Close */

/**
 * With `control` the baseline plays Fujian too: whatever ratio then differs from 1 is noise.
 *
 * @param {import('./scenarios.mjs').Group} group
 * @param {string} python one that has Tornado
 * @param {boolean} control
 * @param {Close[]} closes takes what is to be called in the end
 * @returns {Promise<Contender[]>}
 */
export async function openContenders(group, python, control, closes) {
  const tornado = () => startTornado(python);
  /** @type {[string, Launch][]} */
  const launches = [
    ['tornado', tornado],
    ['express', control ? tornado : () => startFujian('express')],
    ['fastify', control ? tornado : () => startFujian('fastify')],
  ];
  if (group === 'start') {
    return launches.map(([name, launch]) => ({
      name,
      sample: async () => ({ value: await timeToFirstAnswer(launch) }),
    }));
  }
  const client = startClient();
  closes.push(client.stop);
  /** @type {(name: string, way: import('./client.mjs').Way, port?: number) => Contender} */
  const contender = (name, way, port = 0) => ({
    name,
    sample: async ({ inFlight, unit }, seconds) => {
      const { perSecond, ...figures } = await client.run({ way, port, inFlight, seconds });
      return { ...figures, value: unit === 'ms' ? figures.p50 : perSecond };
    },
  });
  if (group === 'service') {
    return [contender('pipe', 'pipe'), contender('service', control ? 'pipe' : 'service')];
  }
  const contenders = [];
  for (const [name, launch] of launches) {
    const server = await launch();
    closes.push(server.stop);
    contenders.push(contender(name, group, server.port));
  }
  return contenders;
}
