import { build } from './build.js';
import { makeScientificPythons } from './scientific-pythons.js';

/** What is made once for all test files, which run in parallel. */
export async function setup(): Promise<void> {
  // Also when one fails, the other ends first: the next run must not find it at work.
  const [built, made] = await Promise.allSettled([build(), makeScientificPythons()]);
  if (built.status === 'rejected') throw built.reason;
  if (made.status === 'rejected') {
    // Most tests do without. In CI, which has everything, that would hide that some did not run.
    if (process.env['CI'] === 'true') throw made.reason;
    console.error((made.reason as Error).message);
  }
}
