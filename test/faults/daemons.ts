import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { ServiceProcess } from '../process/service-process.js';

/** Milliseconds. */
const GONE_BY_THEN = 500;

/** Five processes that have left their parents, sessions and process groups, as daemons do. */
export const DAEMONS = `
import os
for _ in range(5):
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
            os.closerange(0, 3)
            os.execvp("sleep", ["sleep", "600"])  # closes the pipe
        os._exit(0)
    os.wait()
    os.close(write)
    os.read(read, 1)
    os.close(read)
`;

/** Kills the server; answers how long it took until no process was left. */
export async function timeToEnd(service: ServiceProcess): Promise<string> {
  const began = performance.now();
  service.signal('SIGKILL');
  while (service.processes().length > 0 && performance.now() - began < 10 * GONE_BY_THEN) {
    await sleep(1);
  }
  const took = performance.now() - began;
  expect(service.processes()).toEqual([]);
  expect(took).toBeLessThan(GONE_BY_THEN);
  return `all gone after ${Math.ceil(took)} ms`;
}
