// Trials of sessions of the injected service: how fast they start, how many, and their memory.
import { openLiveService } from './live-service.mjs';
import { latencies, millisecondsSince } from './service-trials.mjs';

/** @typedef {import('./live-service.mjs').Service} Service */
/** @typedef {import('./rounds.mjs').Sample} Sample */
/** @typedef {import('./session-jobs.mjs').SessionJob} SessionJob */
/** @typedef {Awaited<ReturnType<Service['createSession']>>} Session */

const CODE = 'fujian_return = 1';

const measures = { create, fork, pss, rate, isolated };

/** @type {Map<string, Promise<Service>>} by preloaded modules */
const opened = new Map();

/** @param {SessionJob} job @returns {Promise<Sample>} */
export async function runSessionTrial(job) {
  const { python, preload } = job;
  const key = preload.join();
  const opening =
    opened.get(key) ?? openLiveService({ python, preload: [...preload], maxSessions: 2_000 });
  opened.set(key, opening);
  return measures[job.measure](await opening, job);
}

/** @param {Service} service @param {SessionJob} job */
async function create(service, { seconds }) {
  return latencies(seconds, async () => {
    const startedAt = process.hrtime.bigint();
    const session = await service.createSession();
    await answer(session);
    const took = millisecondsSince(startedAt);
    await service.close(session.id);
    return took;
  });
}

/** @param {Service} service @param {SessionJob} job */
async function fork(service, { seconds, fill = '' }) {
  const parent = await service.createSession();
  const { error } = await parent.execute(fill);
  if (error) throw new Error('no data', { cause: error });
  const sample = await latencies(seconds, async () => {
    const startedAt = process.hrtime.bigint();
    const { session } = await service.fork(parent.id);
    await answer(session);
    const took = millisecondsSince(startedAt);
    await service.close(session.id);
    return took;
  });
  await service.close(parent.id);
  return sample;
}

/** @param {Service} service @param {SessionJob} job */
async function pss(service, { sessions = 1 }) {
  const all = await several(service, sessions);
  let bytes = 0;
  for (const session of all) bytes += (await session.info()).memory ?? NaN;
  for (const { id } of all) await service.close(id);
  return { value: bytes / all.length / 1e6 };
}

/** @param {Service} service @param {SessionJob} job */
async function rate(service, { seconds, atOnce, sessions = 0 }) {
  const beside = await several(service, sessions);
  const sample = await perSecond(seconds, atOnce, async () => {
    const { id } = await service.createSession();
    await service.close(id);
  });
  for (const { id } of beside) await service.close(id);
  return sample;
}

/** @param {Service} service @param {SessionJob} job */
async function isolated(service, { seconds, atOnce }) {
  return perSecond(seconds, atOnce, async () => {
    const result = await service.execute(CODE, { isolated: true });
    if (result.return !== '1') throw new Error('wrong answer', { cause: result.error });
  });
}

/** @param {Service} service @param {number} count */
async function several(service, count) {
  const all = [];
  while (all.length < count) {
    const session = await service.createSession();
    await answer(session);
    all.push(session);
  }
  return all;
}

/** @param {Session} session */
async function answer(session) {
  const result = await session.execute(CODE);
  if (result.return !== '1') throw new Error('wrong answer', { cause: result.error });
}

/** @param {number} seconds @param {number | undefined} atOnce @param {() => Promise<void>} once */
async function perSecond(seconds, atOnce = 1, once) {
  const startedAt = process.hrtime.bigint();
  let count = 0;
  const repeat = async () => {
    while (millisecondsSince(startedAt) < seconds * 1_000) {
      await once();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, repeat));
  return { value: (count / millisecondsSince(startedAt)) * 1_000 };
}
