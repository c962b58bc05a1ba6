import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pythons } from '../support/pythons.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('the Python side', () => {
  it('finds a Python to be tested with', () => {
    expect(pythons()).not.toEqual([]);
  });

  // One process each: they replace signal handlers, descriptors and __main__.
  it.each(pythons())('passes its own tests in Python $version', ({ path }) => {
    const { status, stderr } = spawnSync(
      path,
      ['-B', '-m', 'unittest', 'discover', '-s', 'test/python'],
      { cwd: ROOT, encoding: 'utf8', timeout: 60_000 },
    );
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringMatching(/^Ran [1-9]\d+ tests in /m),
    });
  });
});
