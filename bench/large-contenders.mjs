// Asks a service for large output. Nothing compares: the original answers nobody else meanwhile.
import { startClient } from './client.mjs';
import { startFujian } from './servers.mjs';

/** @typedef {import('./contenders.mjs').Contenders} Contenders */

/**
 * @param {import('./contenders.mjs').Setting} setting
 * @returns {Promise<Contenders>}
 */
export async function openLarge({ closes }) {
  const client = startClient();
  closes.push(client.stop);
  const ours = /** @type {const} */ (['POST', 'WebSocket']).map((over) => ({
    name: over,
    /** @type {import('./rounds.mjs').TakeSample} */
    sample: async (scenario) => {
      if (!('largeTrial' in scenario)) throw new Error(`${scenario.title} is no large output`);
      // A new one, as a process keeps memory that it has needed once.
      const { port, pid, stop } = await startFujian('express');
      const sample = await client.large({ way: 'large', over, port, pid, ...scenario.largeTrial });
      await stop();
      return sample;
    },
  }));
  return { baselineOf: () => undefined, ours };
}
