// Compares servers and calls under load: Tornado, or a bare pipe, with Fujian.
import { startClient } from './client.mjs';
import { timeToFirstAnswer } from './first-answer.mjs';
import { startFujian, startTornado } from './servers.mjs';

/** @typedef {import('./contenders.mjs').Contenders} Contenders */
/** @typedef {import('./rounds.mjs').Contender} Contender */
/** @typedef {() => Promise<import('./servers.mjs').Server>} Launch */

/**
 * @param {import('./scenarios.mjs').LoadGroup} group
 * @param {import('./contenders.mjs').Setting} setting
 * @returns {Promise<Contenders>}
 */
export async function openLoaded(group, { python, control, closes }) {
  const tornado = () => startTornado(python);
  /** @type {[string, Launch][]} */
  const launches = [
    ['tornado', tornado],
    ['express', control ? tornado : () => startFujian('express')],
    ['fastify', control ? tornado : () => startFujian('fastify')],
  ];
  if (group === 'start') {
    return baselineFirst(
      launches.map(([name, launch]) => ({
        name,
        sample: async () => ({ value: await timeToFirstAnswer(launch) }),
      })),
    );
  }
  const client = startClient();
  closes.push(client.stop);
  /** @type {(name: string, way: import('./client.mjs').Way, port?: number) => Contender} */
  const contender = (name, way, port = 0) => ({
    name,
    sample: async (scenario, seconds) => {
      if (!('inFlight' in scenario)) throw new Error(`${scenario.title} is no load`);
      const { inFlight, unit } = scenario;
      const { perSecond, ...figures } = await client.run({ way, port, inFlight, seconds });
      return { ...figures, value: unit === 'ms' ? figures.p50 : perSecond };
    },
  });
  if (group === 'service') {
    return baselineFirst([
      contender('pipe', 'pipe'),
      contender('service', control ? 'pipe' : 'service'),
    ]);
  }
  const contenders = [];
  for (const [name, launch] of launches) {
    const server = await launch();
    closes.push(server.stop);
    contenders.push(contender(name, group, server.port));
  }
  return baselineFirst(contenders);
}

/** @param {Contender[]} contenders @returns {Contenders} */
function baselineFirst([baseline, ...ours]) {
  return { baselineOf: () => baseline, ours };
}
