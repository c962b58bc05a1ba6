// Lists the scenarios to measure, and their targets.
import { answering, hangingUp, picturing, plotting, printingAll } from './code-jobs.mjs';
import { LARGE_MEGABYTES, printingLarge } from './large-jobs.mjs';
import { creating, forking, rushing, weighing } from './session-jobs.mjs';
import { exiting, flooding, interrupting, killing, printing } from './trials.mjs';
import { passing } from './values-jobs.mjs';

/** @typedef {'http' | 'ws' | 'service' | 'start'} LoadGroup */
/** @typedef {'interrupt' | 'death' | 'output' | 'memory'} TrialGroup */
/** @typedef {'execute' | 'plot' | 'bulk' | 'hangup'} CodeGroup */
/** @typedef {LoadGroup | TrialGroup | CodeGroup | 'large' | 'sessions' | 'values'} Group */
/** @typedef {'ms' | '/s' | 'MB/s' | 'MB'} Unit */
/** @typedef {{ text: string, isMet: (ratio: number, ours: number) => boolean }} Target */
/** @typedef {Record<string, Target>} Targets by contender */
/** @typedef {{ title: string, unit: Unit, targets: Targets, isUnmatched?: boolean, isSlow?: boolean }} Common */
/** @typedef {Common & { group: LoadGroup, inFlight: number }} LoadScenario */
/** @typedef {Common & { group: TrialGroup, trial: import('./trials.mjs').Trial }} TrialScenario */
/** @typedef {import('./session-jobs.mjs').SessionTrial} SessionTrial */
/** @typedef {{ group: 'sessions', sessionTrial: SessionTrial, beside?: 'kernel' | 'process' }} OfSessions */
/** @typedef {Common & OfSessions} SessionScenario */
/** @typedef {Common & { group: CodeGroup, codeTrial: import('./code-jobs.mjs').CodeTrial }} CodeScenario */
/** @typedef {Common & { group: 'large', largeTrial: import('./large-jobs.mjs').LargeTrial }} LargeScenario */
/** @typedef {{ group: 'values', valuesTrial: import('./values-jobs.mjs').ValuesTrial, than?: Other }} OfValues */
/** @typedef {'pythonia' | 'python-shell'} Other */
/** @typedef {Common & OfValues} ValuesScenario */
/** @typedef {LoadScenario | TrialScenario | SessionScenario | CodeScenario | LargeScenario | ValuesScenario} Scenario */

/** @type {readonly Group[]} */
export const GROUPS = [
  'http',
  'ws',
  'service',
  'start',
  'interrupt',
  'death',
  'output',
  'memory',
  'large',
  'sessions',
  'execute',
  'plot',
  'bulk',
  'hangup',
  'values',
];

const LOOP = interrupting('while True: pass');
const SLEEP = interrupting('import time; time.sleep(100)');

const PLOTTING = ['numpy', 'matplotlib.pyplot'];
/** @type {(megabytes: number) => string} code whose array is written in full */
const numpyOf = (megabytes) => `import numpy; data = numpy.ones(${megabytes} * 2**17)`;
const BYTES = 'data = bytearray(b"x") * 2**30';
/** Each float takes 24 bytes, and 8 in the list. */
const OBJECTS = 'data = [float(n) for n in range(2**25)]';
/** @type {Target} */
const NO_TARGET = { text: '', isMet: () => true };

/** @type {readonly Scenario[]} */
export const SCENARIOS = [
  scenario('http', 'POST, 1 client, p50', 'ms', 1, { express: atMost(1.2), fastify: atMost(0.9) }),
  scenario('http', 'POST, 32 clients', '/s', 32, { express: atLeast(1.3), fastify: atLeast(4) }),
  scenario('ws', 'WebSocket, 1 in flight, p50', 'ms', 1, both(atMost(1))),
  scenario('ws', 'WebSocket, 50 in flight', '/s', 50, both(atLeast(3))),
  scenario('service', "execute('x = 1'), p50", 'ms', 1, { service: atMost(1.5) }),
  scenario('start', 'start → first answer', 'ms', 1, both(within(700, 'ms'))),
  trial('interrupt', 'interrupt → answer, `while True: pass`, p50', 'ms', within(5, 'ms'), LOOP),
  trial('interrupt', 'interrupt → answer, `time.sleep(100)`, p50', 'ms', within(5, 'ms'), SLEEP),
  trial('death', 'SIGKILL → answer, p50', 'ms', within(100, 'ms'), killing),
  trial('death', '`os._exit(3)` → answer, p50', 'ms', within(100, 'ms'), exiting),
  trial('output', 'stdout, 64 KB a write', 'MB/s', reaching(200, 'MB/s'), printing(2 ** 16)),
  trial('output', 'stdout, 1 MB a write', 'MB/s', reaching(200, 'MB/s'), printing(2 ** 20)),
  ...floods('not read', false),
  ...floods('read late', true).map((one) => ({ ...one, isUnmatched: true })),
  ...large('x'),
  ...large('\\0'),
  sessions('create → first result, beside a kernel', 'ms', creating(), within(3, 'ms'), 'kernel'),
  sessions('create → first result, bare', 'ms', creating(), within(3, 'ms'), 'process'),
  sessions('create → first result, numpy', 'ms', creating('numpy'), within(5, 'ms'), 'process'),
  sessions(
    'create → first result, numpy and pyplot',
    'ms',
    creating(...PLOTTING),
    NO_TARGET,
    'process',
  ),
  sessions('fork → first result, no data', 'ms', forking(''), within(15, 'ms')),
  sessions('fork → first result, 100 MB in numpy', 'ms', forking(numpyOf(100)), within(15, 'ms')),
  sessions('fork → first result, 1 GB in numpy', 'ms', forking(numpyOf(1_024)), within(15, 'ms')),
  sessions('fork → first result, 1 GB in a bytearray', 'ms', forking(BYTES), within(15, 'ms')),
  sessions('fork → first result, 1 GB in small objects', 'ms', forking(OBJECTS), within(15, 'ms')),
  ...[1, 100, 1_000].map((count) => ({
    ...sessions(`PSS of one of ${count}, numpy`, 'MB', weighing(count), within(3, 'MB')),
    isSlow: true,
  })),
  sessions('created and closed, one at a time', '/s', rushing('rate', 1)),
  sessions('created and closed, 16 at once', '/s', rushing('rate', 16)),
  {
    ...sessions('created and closed beside 1,000, 16 at once', '/s', rushing('rate', 16, 1_000)),
    isSlow: true,
  },
  sessions('isolated executions, one at a time', '/s', rushing('isolated', 1)),
  sessions('isolated executions, 16 at once', '/s', rushing('isolated', 16)),
  code('execute', '`1+1`, p50', 'ms', answering(0.5)),
  code('execute', '`1+1`, p95', 'ms', answering(0.95)),
  code('plot', 'plot → PNG, p50', 'ms', plotting),
  code('bulk', 'print of 50 MB', 'MB/s', printingAll(50)),
  code('bulk', 'PNG of 20 MB, p50', 'ms', picturing(20)),
  { ...code('hangup', 'hang-up → next answer, p50', 'ms', hangingUp), isUnmatched: true },
  ...besideBoth('`add(1, 2)`, p50', 'ms', passing('call')),
  ...besideBoth('`add(1, 2)`, p95', 'ms', passing('call', { quantile: 0.95 })),
  ...besideBoth('`add(1, 2)`, 64 in flight', '/s', passing('calls')),
  ...besideBoth('100 MB from numpy', 'MB/s', passing('give'), reaching(1_000, 'MB/s')),
  ...besideBoth('100 MB to numpy', 'MB/s', passing('take'), reaching(1_000, 'MB/s')),
  ...delays('5 s of computation', 'computing'),
  ...delays('100 MB there and back, over and over', 'transferring'),
  values(
    '100,000 calls with handles, functions, buffers: growth of Node',
    'MB',
    passing('memory', { of: 'node' }),
  ),
  values(
    '100,000 calls with handles, functions, buffers: growth of Python',
    'MB',
    passing('memory', { of: 'python' }),
  ),
];

/**
 * @param {LoadGroup} group @param {string} title @param {'ms' | '/s'} unit
 * @param {number} inFlight requests at a time @param {Targets} targets
 * @returns {LoadScenario}
 */
function scenario(group, title, unit, inFlight, targets) {
  return { group, title, unit, inFlight, targets };
}

/**
 * @param {TrialGroup} group @param {string} title @param {Unit} unit @param {Target} target
 * @param {import('./trials.mjs').Trial} trial
 * @returns {TrialScenario}
 */
function trial(group, title, unit, target, trial) {
  return { group, title, unit, trial, targets: { service: target } };
}

/**
 * @param {string} title @param {Unit} unit
 * @param {SessionTrial} sessionTrial
 * @param {Target} [target]
 * @param {'kernel' | 'process'} [beside]
 * @returns {SessionScenario}
 */
function sessions(title, unit, sessionTrial, target = NO_TARGET, beside) {
  const targets = { service: target };
  return { group: 'sessions', title, unit, sessionTrial, targets, ...(beside && { beside }) };
}

/**
 * @param {CodeGroup} group @param {string} title @param {Unit} unit
 * @param {import('./code-jobs.mjs').CodeTrial} codeTrial
 * @returns {CodeScenario}
 */
function code(group, title, unit, codeTrial) {
  return { group, title, unit, codeTrial, targets: {} };
}

/**
 * @param {string} title @param {Unit} unit
 * @param {import('./values-jobs.mjs').ValuesTrial} valuesTrial
 * @param {Target} [target]
 * @returns {ValuesScenario}
 */
function values(title, unit, valuesTrial, target = NO_TARGET) {
  return { group: 'values', title, unit, valuesTrial, targets: { service: target }, isSlow: true };
}

/**
 * @param {string} title @param {Unit} unit
 * @param {import('./values-jobs.mjs').ValuesTrial} valuesTrial
 * @param {Target} [target]
 * @returns {ValuesScenario[]}
 */
function besideBoth(title, unit, valuesTrial, target) {
  return /** @type {const} */ (['pythonia', 'python-shell']).map((than) => ({
    ...values(`${title}, beside ${than}`, unit, valuesTrial, target),
    than,
    isSlow: false,
  }));
}

/** @param {string} during @param {'computing' | 'transferring'} measure */
function delays(during, measure) {
  const most = within(20, 'ms');
  return [
    values(`event-loop delay, ${during}, p99`, 'ms', passing(measure, { quantile: 0.99 }), most),
    values(`event-loop delay, ${during}, greatest`, 'ms', passing(measure)),
  ];
}

/** @param {string} how @param {boolean} readsOn */
function floods(how, readsOn) {
  const title = `2 GB flood, ${how}: growth of`;
  const most = within(64, 'MB');
  return [
    { ...trial('memory', `${title} Node`, 'MB', most, flooding('service', readsOn)), isSlow: true },
    {
      ...trial('memory', `${title} Python`, 'MB', most, flooding('session', readsOn)),
      isSlow: true,
    },
  ];
}

/** @param {string} character @returns {LargeScenario[]} */
function large(character) {
  const title = `${LARGE_MEGABYTES} MB of \`${character}\``;
  /** @type {(title: string, unit: Unit, measure: 'delay' | 'memory', most: number) => LargeScenario} */
  const one = (title, unit, measure, most) => ({
    group: 'large',
    title,
    unit,
    largeTrial: printingLarge(measure, character),
    targets: { POST: within(most, unit), WebSocket: within(most, unit) },
    isUnmatched: true,
    isSlow: true,
  });
  return [
    one(`${title}: longest ping of another client`, 'ms', 'delay', 50),
    one(`${title}: growth of Node`, 'MB', 'memory', 3 * LARGE_MEGABYTES),
  ];
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

/** @param {number} limit @param {Unit} unit @returns {Target} */
function within(limit, unit) {
  return { text: `≤ ${limit} ${unit}`, isMet: (_ratio, ours) => ours <= limit };
}

/** @param {number} limit @param {Unit} unit @returns {Target} */
function reaching(limit, unit) {
  return { text: `≥ ${limit} ${unit}`, isMet: (_ratio, ours) => ours >= limit };
}
