// Measures contenders in alternating rounds, so that a slow spell of the machine hits them all.

/** @typedef {import('./scenarios.mjs').Scenario} Scenario */
/** @typedef {{ value: number, p99?: number, clientCpu?: number }} Sample */
/** @typedef {(scenario: Scenario, seconds: number) => Promise<Sample>} TakeSample */
/** @typedef {{ name: string, sample: TakeSample }} Contender */
/** @typedef {{ name: string, samples: Sample[] }} Measured one sample per round */

/**
 * @param {readonly Contender[]} contenders
 * @param {Scenario} scenario
 * @param {{ rounds: number, seconds: number, warmUpSeconds: number }} plan
 * @returns {Promise<Measured[]>} in the order of the contenders
 */
export async function measureInRounds(contenders, scenario, { rounds, seconds, warmUpSeconds }) {
  const measured = contenders.map((one) => ({ ...one, samples: /** @type {Sample[]} */ ([]) }));
  if (warmUpSeconds > 0) for (const { sample } of measured) await sample(scenario, warmUpSeconds);
  for (let round = 0; round < rounds; round += 1) {
    const first = round % measured.length;
    for (const { sample, samples } of [...measured.slice(first), ...measured.slice(0, first)]) {
      samples.push(await sample(scenario, seconds));
    }
  }
  return measured;
}
