// Measures the time from the start of a server process to its first correct answer.
import { request } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { checkAnswer, CODE } from './task.mjs';

/** @param {() => Promise<import('./servers.mjs').Server>} launch @returns {Promise<number>} ms */
export async function timeToFirstAnswer(launch) {
  const startedAt = process.hrtime.bigint();
  const { port, stop } = await launch();
  try {
    const post = request({ host: '127.0.0.1', port, method: 'POST', agent: false }).end(CODE);
    const [answer] = await once(post, 'response');
    checkAnswer(await text(answer));
    return Number(process.hrtime.bigint() - startedAt) / 1e6;
  } finally {
    await stop();
  }
}
