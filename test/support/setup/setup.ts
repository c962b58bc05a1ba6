import { accessSync, constants } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { QUICK } from '../../parts.js';
import { makeScientificPythons, scientificEnvironments } from '../scientific-environments.js';
import { buildUnlessFresh } from './build.js';
import { findPythons } from './find-pythons.js';
import { Traces } from './traces.js';

/**
 * Makes once, before the first spec file, all that the spec files of this run share. Returns the
 * teardown, which fails the run when a test has left a file or a process behind.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const pythons = findPythons();
  project.provide('pythons', pythons);
  const traces = new Traces();
  const parts = project.vitest.projects.map(({ name }) => name);
  const needMore = parts.some((part) => !QUICK.some((quick) => quick === part));
  if (needMore && isWritable('node_modules')) {
    await makeWhatIsMissing(scientificEnvironments(pythons.supported));
  }
  return () => traces.expectNone();
}

/** Returns whether this user may write to the checkout, which may be another user's. */
function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function makeWhatIsMissing(
  environments: ReturnType<typeof scientificEnvironments>,
): Promise<void> {
  // Also when one fails, the other ends first: the next run must not find it at work.
  const [built, made] = await Promise.allSettled([
    buildUnlessFresh(),
    makeScientificPythons(environments),
  ]);
  if (built.status === 'rejected') throw built.reason;
  if (made.status === 'rejected') {
    // Most tests do not need them. In CI, skipped tests would go unnoticed.
    if (process.env['CI'] === 'true') throw made.reason;
    console.error((made.reason as Error).message);
  }
}
