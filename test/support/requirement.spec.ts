import { afterEach, describe, expect, it, vi } from 'vitest';
import { requireOrSkip } from './requirement.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('requireOrSkip', () => {
  it('runs what has all that it needs', () => {
    expect(requireOrSkip('a thing', true)).toBe(true);
  });

  it('skips what lacks something on a machine of a developer', () => {
    vi.stubEnv('CI', undefined);
    expect(requireOrSkip('a thing', false)).toBe(false);
  });

  it('fails what lacks something in CI', () => {
    vi.stubEnv('CI', 'true');
    expect(() => requireOrSkip('a thing', false)).toThrow(/^a thing is not there/);
  });
});
