// What is measured, and what must be reached.

/** @typedef {'http' | 'ws' | 'service' | 'start'} Group */
/** @typedef {{ text: string, isMet: (ratio: number, ours: number) => boolean }} Target */
/** @typedef {Record<string, Target>} Targets by contender */
/** @typedef {ReturnType<typeof scenario>} Scenario */

/** @type {readonly Group[]} */
export const GROUPS = ['http', 'ws', 'service', 'start'];

/** @type {readonly Scenario[]} */
export const SCENARIOS = [
  scenario('http', 'POST, 1 client, p50', 'ms', 1, { express: atMost(1.2), fastify: atMost(0.9) }),
  scenario('http', 'POST, 32 clients', '/s', 32, { express: atLeast(1.3), fastify: atLeast(4) }),
  scenario('ws', 'WebSocket, 1 in flight, p50', 'ms', 1, both(atMost(1))),
  scenario('ws', 'WebSocket, 50 in flight', '/s', 50, both(atLeast(3))),
  scenario('service', "execute('x = 1'), p50", 'ms', 1, { service: atMost(1.5) }),
  scenario('start', 'start → first answer', 'ms', 1, both(within(700))),
];

/**
 * @param {Group} group @param {string} title @param {'ms' | '/s'} unit
 * @param {number} inFlight requests at a time @param {Targets} targets
 */
function scenario(group, title, unit, inFlight, targets) {
  return { group, title, unit, inFlight, targets };
}

/** @param {Target} target @returns {Targets} */
function both(target) {
  return { express: target, fastify: target };
}

/** @param {number} limit times the baseline @returns {Target} */
function atMost(limit) {
  return { text: `≤ ${limit} ×`, isMet: (ratio) => ratio <= limit };
}

/** @param {number} limit times the baseline @returns {Target} */
function atLeast(limit) {
  return { text: `≥ ${limit} ×`, isMet: (ratio) => ratio >= limit };
}

/** @param {number} limit in ms @returns {Target} */
function within(limit) {
  return { text: `≤ ${limit} ms`, isMet: (_ratio, ours) => ours <= limit };
}
