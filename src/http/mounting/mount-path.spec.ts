import { describe, expect, it } from 'vitest';
import { mountPath } from './mount-path.js';

describe('the path of a protocol', () => {
  it.each([
    [undefined, ''],
    ['', ''],
    ['/', ''],
    ['lab', '/lab'],
    ['/lab/', '/lab'],
    ['a//b/', '/a/b'],
  ])('%j is %j', (given, path) => {
    expect(mountPath(given)).toBe(path);
  });
});
