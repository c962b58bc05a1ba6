import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pythons } from '../support/pythons.js';
import { scientificPythons } from '../support/scientific-pythons.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));

/** They skip what needs a library where it is missing, as it is in most Pythons. */
const NEED_LIBRARIES = [
  'test_charts',
  'test_declarations_of_libraries',
  'test_figures',
  'test_tables',
  'test_values',
];

describe('the Python side', () => {
  it('finds a Python to be tested with', () => {
    expect(pythons()).not.toEqual([]);
  });

  // One process each: they replace signal handlers, descriptors and __main__.
  it.each(pythons())('passes its own tests in Python $version', ({ path }) => {
    const { status, stderr } = spawnSync(
      path,
      ['-B', '-m', 'unittest', 'discover', '-s', 'test/python'],
      { cwd: ROOT, encoding: 'utf8', timeout: 180_000 },
    );
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringMatching(/^Ran [1-9]\d+ tests in /m),
    });
  });

  const withLibraries = scientificPythons().flatMap((python) =>
    NEED_LIBRARIES.map((name) => ({ ...python, name })),
  );
  it.each(withLibraries)('passes $name in Python $version, skipping nothing', ({ path, name }) => {
    const { status, stderr } = spawnSync(path, ['-B', '-m', 'unittest', name], {
      cwd: HERE,
      encoding: 'utf8',
      timeout: 180_000,
    });
    expect({ status, stderr }).toEqual({
      status: 0,
      // What was skipped would stand behind the OK.
      stderr: expect.stringMatching(/^Ran [1-9]\d* tests? in .*\n\nOK\n$/m),
    });
  });
});
