// Starts the baseline of the trials: a kernel behind jupyter_client, driven by jupyter_baseline.py.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** @typedef {import('./trials.mjs').TrialJob} TrialJob */
/** @typedef {import('./rounds.mjs').Sample} Sample */
/** @typedef {import('./session-jobs.mjs').SessionJob} SessionJob */

/** @typedef {{ trial: (job: TrialJob | SessionJob) => Promise<Sample>, stop: () => Promise<void> }} Jupyter */

/** @param {string} python @returns {Jupyter} */
export function startJupyter(python) {
  const main = fileURLToPath(new URL('jupyter_baseline.py', import.meta.url));
  const child = spawn(python, [main], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    trial: async (job) => {
      child.stdin.write(`${JSON.stringify(job)}\n`);
      const { done, value } = await answers.next();
      if (done) throw new Error('the driver of the Jupyter kernel ended unasked');
      const answer = JSON.parse(value);
      return { ...answer, value: answer.value ?? Infinity };
    },
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
