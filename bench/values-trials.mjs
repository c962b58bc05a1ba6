// Trials of values that pass between Node and Python: throughput, event-loop delay and memory.
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { latencies, millisecondsSince } from './service-trials.mjs';
import { openLibrary, openService } from './values-libraries.mjs';

/** @typedef {import('./values-jobs.mjs').ValuesJob} ValuesJob */
/** @typedef {import('./rounds.mjs').Sample} Sample */

const CALLS = 100_000;
const IN_FLIGHT = 64;

/** @type {Record<ValuesJob['measure'], (job: ValuesJob) => Promise<Sample>>} */
const measures = { call, calls, give, take, computing, transferring, memory };

/** @param {ValuesJob} job @returns {Promise<Sample>} */
export async function runValuesTrial(job) {
  return measures[job.measure](job);
}

/** @param {ValuesJob} job */
async function call({ library, python, seconds, quantile }) {
  const { add } = await openLibrary(library, python);
  return latencies(seconds, () => timed(async () => check(await add(1, 2), 3)), quantile);
}

/** @param {ValuesJob} job */
async function calls({ library, python, seconds }) {
  const { add } = await openLibrary(library, python);
  const startedAt = process.hrtime.bigint();
  let count = 0;
  const repeat = async () => {
    while (millisecondsSince(startedAt) < seconds * 1_000) {
      check(await add(1, 2), 3);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, repeat));
  return { value: (count / millisecondsSince(startedAt)) * 1_000 };
}

/** @param {ValuesJob} job */
async function give({ library, python, seconds }) {
  const { give } = await openLibrary(library, python);
  return throughput(seconds, async () => (await give()).byteLength);
}

/** @param {ValuesJob} job */
async function take({ library, python, seconds }) {
  const { give, take } = await openLibrary(library, python);
  const array = await give();
  return throughput(seconds, async () => {
    check(await take(array), array.at(-1));
    return array.byteLength;
  });
}

/** @param {ValuesJob} job */
async function computing({ python, quantile }) {
  const service = await openService(python);
  return eventLoopDelay(quantile, async () => {
    const { error } = await service.execute(`import time
end = time.monotonic() + 5
while time.monotonic() < end: sum(range(1000))`);
    if (error) throw new Error('it did not compute', { cause: error });
  });
}

/** @param {ValuesJob} job */
async function transferring({ library, python, seconds, quantile }) {
  const { give, take } = await openLibrary(library, python);
  return eventLoopDelay(quantile, async () => {
    await latencies(seconds, () => timed(async () => take(await give())));
  });
}

/** Measures the growth of the process after the first tenth of the calls. @param {ValuesJob} job */
async function memory({ python, of }) {
  const service = await openService(python);
  const { return: pid } = await service.execute('import os; fujian_return = os.getpid()');
  const bytes = Buffer.alloc(64 * 1024);
  /** @type {((n: number) => Promise<void>)[]} */
  const kinds = [
    async (n) => check(await service.call('builtins:len', [[n]]), 1),
    async () => check(await service.call('builtins:len', [bytes]), bytes.length),
    async (n) => check(await service.call('functools:reduce', [() => n, [1, 2]]), n),
    async (n) => {
      const handle = await service.hold('collections:Counter', [{ n }]);
      check(await handle.call('__len__'), 1);
      handle.release();
    },
  ];
  let before = NaN;
  for (let n = 0; n < CALLS; n += 1) {
    if (n === CALLS / 10) before = residentOf(of === 'node' ? process.pid : Number(pid));
    await kinds[n % kinds.length](n);
  }
  return { value: residentOf(of === 'node' ? process.pid : Number(pid)) - before };
}

/** @param {number} [quantile] @param {() => Promise<void>} during */
async function eventLoopDelay(quantile = 1, during) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await during();
  delay.disable();
  return { value: (quantile === 1 ? delay.max : delay.percentile(quantile * 100)) / 1e6 };
}

/** @param {number} seconds @param {() => Promise<number>} once returns bytes */
async function throughput(seconds, once) {
  const startedAt = process.hrtime.bigint();
  let bytes = 0;
  do bytes += await once();
  while (millisecondsSince(startedAt) < seconds * 1_000);
  return { value: bytes / millisecondsSince(startedAt) / 1_000 };
}

/** @param {() => Promise<unknown>} once */
async function timed(once) {
  const startedAt = process.hrtime.bigint();
  await once();
  return millisecondsSince(startedAt);
}

/** @param {unknown} answer @param {unknown} right */
function check(answer, right) {
  if (answer !== right) throw new Error(`wrong answer: ${String(answer)}`);
}

/** @param {number} pid @returns {number} MB */
function residentOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return (Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1]) * 1024) / 1e6;
}
