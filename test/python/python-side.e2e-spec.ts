import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { pythons } from '../support/pythons.js';
import { scientificPythons } from '../support/scientific-pythons.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** Milliseconds after which a hanging test ends. */
const TIMEOUT = 600_000;

/** Modules with tests that are skipped without a library. */
const NEED_LIBRARIES = [
  'test_charts',
  'test_declarations_of_libraries',
  'test_figures',
  'test_tables',
  'test_values',
];

describe('the Python side', () => {
  it('finds a Python', () => {
    expect(pythons()).not.toEqual([]);
  });

  // One process each, because the tests replace signal handlers, descriptors and __main__.
  it.each(pythons())(
    'passes its own tests in Python $version',
    async ({ path }) => {
      expect(await unittest(path, ['discover', '-s', HERE])).toEqual({
        code: 0,
        stderr: expect.stringMatching(/^Ran [1-9]\d+ tests in /m),
      });
    },
    TIMEOUT,
  );

  it.each(scientificPythons())(
    'passes the tests with libraries in Python $version without skipping',
    async ({ path }) => {
      expect(await unittest(path, NEED_LIBRARIES)).toEqual({
        code: 0,
        // Skipped tests would be listed after the OK.
        stderr: expect.stringMatching(/^Ran [1-9]\d* tests? in .*\n\nOK\n$/m),
      });
    },
    TIMEOUT,
  );
});

function unittest(python: string, args: readonly string[]) {
  const env = { ...process.env, TEST_SCOPE: inject('scope') };
  return new Promise<{ code: number | null; stderr: string }>((resolve) => {
    const child = execFile(
      python,
      ['-B', '-m', 'unittest', ...args],
      { cwd: HERE, env, timeout: TIMEOUT, maxBuffer: Infinity },
      (_, __, stderr) => resolve({ code: child.exitCode, stderr }),
    );
  });
}
