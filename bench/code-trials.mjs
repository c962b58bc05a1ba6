// Trials of the code-interpreter protocol, the Fujian protocol, and a kernel behind a Jupyter
// server.
import { setTimeout as sleep } from 'node:timers/promises';
import { openPlain, openRaw, openSdk } from './code-clients.mjs';
import { openKernel } from './kernel-client.mjs';
import { latencies, millisecondsSince } from './service-trials.mjs';
import { CODE as PLAIN_CODE } from './task.mjs';

/** @typedef {import('./code-clients.mjs').CodeClient} CodeClient */
/** @typedef {import('./code-jobs.mjs').CodeJob} CodeJob */
/** @typedef {import('./rounds.mjs').Sample} Sample */

/** Milliseconds after which code is certainly running. */
const UNDER_WAY = 20;

const opens = { sdk: openSdk, raw: openRaw, post: openPlain, kernel: openKernel };
const measures = { answer, plot, print, picture, hangUp };

/** @type {Map<string, Promise<CodeClient>>} by way and port */
const opened = new Map();
/**
 * The preparatory code that each client has already run. @type {WeakMap<CodeClient, Set<string>>}
 */
const prepared = new WeakMap();

/** @param {CodeJob} job @returns {Promise<Sample>} */
export async function runCodeTrial(job) {
  const client = await opening(job);
  try {
    return await measures[job.measure](client, job);
  } finally {
    client.close?.();
  }
}

/**
 * Opens a connection for one round: servers close those that idle in other rounds. @param {CodeJob}
 * job
 */
function opening({ over, port }) {
  if (over === 'raw' || over === 'post') return opens[over](port);
  const key = `${over} ${port}`;
  const client = opened.get(key) ?? opens[over](port);
  opened.set(key, client);
  return client;
}

/** @param {CodeClient} client @param {CodeJob} job */
function answer(client, { over, seconds, quantile }) {
  const code = over === 'post' ? PLAIN_CODE : '1+1';
  const once = async () => {
    const startedAt = process.hrtime.bigint();
    const { text } = await client.run(code);
    if (text !== '2') throw new Error(`wrong answer: ${text}`);
    return millisecondsSince(startedAt);
  };
  return latencies(seconds, once, quantile);
}

/** @param {CodeClient} client @param {CodeJob} job */
async function plot(client, { seconds }) {
  await prepare(client, '%matplotlib inline\nimport matplotlib.pyplot as plt');
  return latencies(seconds, () => timeToPicture(client, 'plt.plot([1, 4, 9, 16])\nplt.show()'));
}

/** @param {CodeClient} client @param {CodeJob} job */
async function print(client, { megabytes = 1 }) {
  const startedAt = process.hrtime.bigint();
  const { bytes } = await client.run(`for _ in range(${megabytes}): print('x' * 999_999)`);
  const seconds = millisecondsSince(startedAt) / 1_000;
  if (bytes < megabytes * 1e6) throw new Error(`${bytes} bytes came`);
  return { value: megabytes / seconds };
}

/** @param {CodeClient} client @param {CodeJob} job */
async function picture(client, { seconds, megabytes = 1 }) {
  const data = `b'\\x89PNG\\r\\n\\x1a\\n' + bytes(${megabytes} * 10**6)`;
  await prepare(
    client,
    `from IPython.display import Image\npicture = Image(${data}, format='png')`,
  );
  return latencies(seconds, () => timeToPicture(client, 'picture'));
}

/** @param {CodeClient} client @param {CodeJob} job */
function hangUp(client, { port, seconds }) {
  return latencies(seconds, async () => {
    const leaving = await openRaw(port);
    leaving.begin('while True: pass');
    await sleep(UNDER_WAY);
    const startedAt = process.hrtime.bigint();
    leaving.close();
    const { text } = await client.run('1+1');
    if (text !== '2') throw new Error(`wrong answer: ${text}`);
    return millisecondsSince(startedAt);
  });
}

/**
 * Measures the time until a client has the picture, then waits for the end. @param {CodeClient}
 * client @param {string} code
 */
async function timeToPicture(client, code) {
  const startedAt = process.hrtime.bigint();
  const { pictureAt } = await client.run(code);
  if (pictureAt === undefined) throw new Error('no picture came');
  return Number(pictureAt - startedAt) / 1e6;
}

/** @param {CodeClient} client @param {string} code */
async function prepare(client, code) {
  const ran = prepared.get(client) ?? new Set();
  prepared.set(client, ran);
  if (ran.has(code)) return;
  ran.add(code);
  await client.run(code);
}
