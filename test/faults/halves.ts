import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, inject } from 'vitest';
import { residentMemoryOf } from '../support/processes.js';
import type { Tally } from './fault-table.js';

const MEGABYTE = 1024 * 1024;
/** Bytes by which memory may differ for other reasons, such as V8's compiler caches. */
const NOISE = { node: 3 * MEGABYTE, python: 2 * MEGABYTE };

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/**
 * The second half of the rounds must take no more memory than the first has left. Everyday the rounds are
 * so few that they say nothing of memory.
 *
 * @param pid of a Python process: an interpreter, or the supervisor.
 */
export async function halves(
  tally: Tally,
  rounds: number,
  pid: number,
  round: (n: number) => Promise<unknown>,
): Promise<void> {
  if (inject('scope') === 'everyday') {
    for (let n = 0; n < rounds + rounds / 10; n++) await round(n);
    return;
  }
  const memory = () => {
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return { node: heapUsed + external, python: residentMemoryOf(pid) };
  };
  // One-time compilation and caching is over by then.
  for (let n = 0; n < rounds / 10; n++) await round(n);
  const first = memory();
  for (let n = 0; n < rounds / 2; n++) await round(n);
  const second = memory();
  for (let n = 0; n < rounds / 2; n++) await round(n);
  const third = memory();
  const grown = (after: typeof first, before: typeof first) =>
    `${signed(after.node - before.node)} KB of Node, ${signed(after.python - before.python)} KB of Python`;
  tally.note = `${grown(second, first)}, then ${grown(third, second)}`;
  expect(third.node - second.node, tally.note).toBeLessThan(NOISE.node);
  expect(third.python - second.python, tally.note).toBeLessThan(NOISE.python);
}

function signed(bytes: number): string {
  const kilobytes = Math.round(bytes / 1024);
  return kilobytes > 0 ? `+${kilobytes}` : String(kilobytes);
}
