// Measures direct calls of the injected service and, as baseline, bare round trips through a pipe
// to CPython: in one process, with one call in flight, timed in the same way. Each opens at its
// first job.
import { spawn } from 'node:child_process';
import { openLiveService } from './live-service.mjs';
import { startMeter } from './meter.mjs';

/** @typedef {() => Promise<void>} Call */

const ECHO = `import sys
for line in sys.stdin.buffer:
    sys.stdout.buffer.write(line); sys.stdout.buffer.flush()`;

export const loadService = callsOf(openService);
export const loadPipe = callsOf(openPipe);

/** @param {() => Promise<Call>} open */
function callsOf(open) {
  /** @type {Promise<Call> | undefined} */
  let opened;
  return async (/** @type {import('./client.mjs').Job} */ { seconds }) => {
    const call = await (opened ??= open());
    const meter = startMeter(seconds, true);
    while (!meter.isOver()) {
      await call();
      meter.answered();
    }
    return meter.figures();
  };
}

/** @returns {Promise<Call>} */
async function openService() {
  const service = await openLiveService();
  return async () => {
    const { error } = await service.execute('x = 1');
    if (error) throw new Error('x = 1 failed', { cause: error });
  };
}

/** @returns {Promise<Call>} */
async function openPipe() {
  const { stdin, stdout } = spawn('python3', ['-c', ECHO], { stdio: ['pipe', 'pipe', 'inherit'] });
  let answered = () => {};
  stdout.setEncoding('latin1').on('data', (text) => {
    if (text !== 'x = 1\n') throw new Error(`wrong answer: ${text}`);
    answered();
  });
  return () =>
    new Promise((resolve) => {
      answered = resolve;
      stdin.write('x = 1\n');
    });
}
