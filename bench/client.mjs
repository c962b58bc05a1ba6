// Runs the client in its own process, so that it shares no event loop with a server or the bench.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** @typedef {'http' | 'ws' | 'service' | 'pipe'} Way how to reach Python */
/** @typedef {{ way: Way, port: number, inFlight: number, seconds: number }} Job */
/** @typedef {import('./meter.mjs').Figures} Figures */
/** @typedef {import('./rounds.mjs').Sample} Sample */
/** @typedef {import('./trials.mjs').TrialJob} TrialJob */
/** @typedef {import('./session-jobs.mjs').SessionJob} SessionJob */
/** @typedef {import('./code-jobs.mjs').CodeJob} CodeJob */
/** @typedef {import('./values-jobs.mjs').ValuesJob} ValuesJob */
/** @typedef {import('./large-jobs.mjs').LargeJob} LargeJob */
/** @typedef {Job | TrialJob | SessionJob | CodeJob | LargeJob | ValuesJob} AnyJob */

/**
 * @typedef {object} Client
 * @property {(job: Job) => Promise<Figures>} run
 * @property {(job: TrialJob) => Promise<Sample>} trial
 * @property {(job: SessionJob) => Promise<Sample>} session
 * @property {(job: CodeJob) => Promise<Sample>} code
 * @property {(job: LargeJob) => Promise<Sample>} large
 * @property {(job: ValuesJob) => Promise<Sample>} values
 * @property {() => Promise<void>} stop
 */

/** @returns {Client} */
export function startClient() {
  const child = fork(fileURLToPath(new URL('client-process.mjs', import.meta.url)));
  const exited = once(child, 'exit');
  const ended = exited.then(() => Promise.reject(new Error('the client ended unasked')));
  ended.catch(() => {}); // Expected at the end of the bench.
  const ask = async (/** @type {AnyJob} */ job) => {
    const answer = once(child, 'message');
    child.send(job, () => {}); // A failure to send shows in `ended`.
    return (await Promise.race([answer, ended]))[0];
  };
  return {
    run: ask,
    trial: ask,
    session: ask,
    code: ask,
    large: ask,
    values: ask,
    stop: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
