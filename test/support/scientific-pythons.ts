import { inject } from 'vitest';
import type { FoundPython } from './pythons.js';
import { isWhole, scientificEnvironments, WHAT_TO_DO } from './scientific-environments.js';

/**
 * Returns the oldest and the newest Python with all of scientific-requirements.txt, oldest first; one if
 * that is the same Python. Those that could not be made are left out: of that the setup of the tests has
 * told, and in CI it has failed.
 */
export function scientificPythons(): readonly FoundPython[] {
  return scientificEnvironments(inject('pythons').supported)
    .filter(isWhole)
    .map(({ base, python }) => ({ version: base.version, path: python }));
}

/** Returns the Python of tests that need only one. */
export function anyScientificPython(): FoundPython {
  const [python] = scientificPythons();
  if (!python) {
    throw new Error(`These tests need a Python with numpy and more; none was made. ${WHAT_TO_DO}`);
  }
  return python;
}
