// Trials of the service. jupyter_baseline.py does the same with a kernel.
import { setTimeout as sleep } from 'node:timers/promises';
import { openLiveService } from './live-service.mjs';
import { watchMemory } from './process-memory.mjs';
import { quantile } from './statistics.mjs';

/** @typedef {import('./live-service.mjs').Service} Service */
/** @typedef {import('./rounds.mjs').Sample} Sample */
/** @typedef {import('./trials.mjs').TrialJob} TrialJob */
/** @typedef {{ code?: string, message?: string, partialOutput?: { stdout: string } }} Death */

/** Milliseconds after which code is certainly running. */
const UNDER_WAY = 20;
/** Milliseconds that a slow client pauses in a flood before it reads on. */
const LATE = 3_000;

const measures = { interrupt, death, output, flood };

/** @type {Promise<Service> | undefined} */
let opened;

/** @param {TrialJob} job @returns {Promise<Sample>} */
export async function runTrial(job) {
  const service = await (opened ??= openLiveService());
  return measures[job.measure](service, job);
}

/** @param {Service} service @param {TrialJob} job */
async function interrupt(service, { code, seconds }) {
  return latencies(seconds, async () => {
    const result = service.execute(code);
    await sleep(UNDER_WAY);
    const startedAt = process.hrtime.bigint();
    service.interrupt();
    const { error } = await result;
    const took = millisecondsSince(startedAt);
    if (error?.type !== 'KeyboardInterrupt') throw new Error('wrong answer', { cause: error });
    return took;
  });
}

/** @param {Service} service @param {TrialJob} job */
async function death(service, { code, seconds, kill }) {
  return latencies(seconds, async () => {
    const pid = await pidOf(service);
    const died = service.execute(code).then(
      () => Promise.reject(new Error('it lives')),
      (/** @type {Death} */ error) => ({ error, at: process.hrtime.bigint() }),
    );
    if (kill) await sleep(UNDER_WAY);
    const killedAt = process.hrtime.bigint();
    if (kill) process.kill(pid, 'SIGKILL');
    const { error, at } = await died;
    const reason = kill ? 'killed by SIGKILL' : 'exit code 3';
    if (error.code !== 'FUJIAN_INTERPRETER_DIED' || !error.message?.includes(reason)) throw error;
    // Code that ends itself prints when: Python and Node read the same clock.
    return Number(at - (kill ? killedAt : BigInt(error.partialOutput?.stdout ?? ''))) / 1e6;
  });
}

/** @param {Service} service @param {TrialJob} job */
async function output(service, { code, bytes }) {
  const startedAt = process.hrtime.bigint();
  const { received } = await read(service.stream(code));
  const seconds = millisecondsSince(startedAt) / 1_000;
  if (received !== bytes) throw new Error(`${received} bytes came of ${bytes}`);
  return { value: received / 1e6 / seconds };
}

/** @param {Service} service @param {TrialJob} job */
async function flood(service, { code, bytes, of, readsOn }) {
  const pid = of === 'session' ? await pidOf(service) : process.pid;
  const growth = watchMemory(pid);
  const { received, error } = await read(service.stream(code), async () => {
    await sleep(LATE);
    if (!readsOn) service.interrupt();
  });
  if (readsOn ? received !== bytes : error !== 'KeyboardInterrupt') {
    throw new Error(`wrong answer: ${received} bytes of ${bytes}, ${error ?? 'no error'}`);
  }
  return { value: growth() };
}

/**
 * @param {ReturnType<Service['stream']>} stream of ASCII
 * @param {() => Promise<void>} [afterFirst]
 */
async function read(stream, afterFirst) {
  let received = 0;
  let error;
  for await (const event of stream) {
    if (event.type === 'error') error = event.error.type;
    if (event.type !== 'stdout') continue;
    if (received === 0) await afterFirst?.();
    received += event.text.length;
  }
  return { received, error };
}

/** @param {Service} service @returns {Promise<number>} of the live interpreter */
async function pidOf(service) {
  return Number((await service.execute('import os; fujian_return = os.getpid()')).return);
}

/** @param {number} seconds @param {() => Promise<number>} once returns milliseconds @param {number} [q] */
export async function latencies(seconds, once, q = 0.5) {
  const startedAt = process.hrtime.bigint();
  const all = [];
  while (millisecondsSince(startedAt) < seconds * 1_000) all.push(await once());
  return { value: quantile(all, q), p99: quantile(all, 0.99) };
}

/** @param {bigint} startedAt */
export function millisecondsSince(startedAt) {
  return Number(process.hrtime.bigint() - startedAt) / 1e6;
}
