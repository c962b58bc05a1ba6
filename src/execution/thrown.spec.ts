import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { described } from './thrown.js';

describe('described', () => {
  it('returns the name, message and stack of an error', () => {
    const error = new RangeError('too much');
    expect(described(error)).toEqual({
      name: 'RangeError',
      message: 'too much',
      stack: error.stack,
    });
  });

  it.each([
    ['text', 'text'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    [{ toString: (): string => 'mine' }, 'mine'],
  ])('describes %o as %s', (thrown, message) => {
    expect(described(thrown)).toEqual({ name: '', message, stack: '' });
  });

  it('returns strings for any members of an error', () => {
    const error = Object.assign(new Error('x'), { name: 1n, message: null, stack: undefined });
    expect(described(error)).toEqual({ name: '1', message: 'null', stack: '' });
  });

  const throws = (): never => {
    throw new Error('hostile');
  };
  it.each([
    ['an object without a toString', Object.create(null)],
    ['one whose toString throws', { toString: throws }],
    ['an error whose stack throws', Object.defineProperty(new Error(), 'stack', { get: throws })],
    ['a proxy that throws', new Proxy({}, { getPrototypeOf: throws })],
  ])('does not throw for %s', (_, thrown) => {
    expect(described(thrown)).toMatchObject({
      message: 'a value that cannot be converted to text',
    });
  });

  it('knows an error of another realm', () => {
    const { name, message, stack } = described(runInNewContext('new RangeError("far")'));
    expect([name, message]).toEqual(['RangeError', 'far']);
    expect(stack).toContain('RangeError: far');
  });
});
