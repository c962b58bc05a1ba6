import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { UnsupportedValueError } from '../../errors/call-errors.js';
import { encodeMembers, LEAST_UNCOPIED } from './encode-value.js';
import { Duration, NdArray } from './python-values.js';

const headOf = (value: unknown): unknown => JSON.parse(encodeMembers({ value }).head);

describe('encodeMembers', () => {
  it('leaves JSON values as they are', () => {
    const value = { a: [1, 'größe', null, true, { '': 1.5 }], __proto: {} };
    expect(headOf(value)).toEqual([{ value }, false, []]);
  });

  it('treats __proto__ as a normal key', () => {
    const { head } = encodeMembers({ value: JSON.parse('{"__proto__":1}') });
    expect(head).toBe('[{"value":{"__proto__":1}},false,[]]');
  });

  it('accepts objects of another realm, and without a prototype', () => {
    expect(headOf(runInNewContext('({ a: 1 })'))).toEqual([{ value: { a: 1 } }, false, []]);
    expect(headOf(Object.create(null))).toEqual([{ value: {} }, false, []]);
  });

  it('copies bytes, so that later changes have no effect', () => {
    const bytes = new Uint8Array([1, 2, 3, 4]);
    const { buffers } = encodeMembers({ value: [bytes.subarray(1, 3), new NdArray(bytes)] });
    bytes.fill(0);
    expect(buffers.map((buffer) => [...buffer])).toEqual([
      [2, 3],
      [1, 2, 3, 4],
    ]);
  });

  it('does not copy large buffers', () => {
    const large = new Float64Array(LEAST_UNCOPIED / 8);
    const { buffers, sizes } = encodeMembers({ value: [large, large.subarray(1)] });
    expect(sizes).toEqual([LEAST_UNCOPIED, LEAST_UNCOPIED - 8]);
    expect(buffers[0]!.buffer).toBe(large.buffer);
    expect(buffers[1]!.buffer).not.toBe(large.buffer);
  });

  const itself: unknown[] = [];
  itself.push({ itself });
  const detached = new Float64Array(2);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });

  it.each<[string, unknown, string]>([
    ['a symbol in a list', [Symbol('s')], 'At value[0] there is a symbol'],
    ['a symbol', { a: Symbol('s') }, 'At value.a there is a symbol'],
    [
      'an instance',
      { a: [new (class Point {})()] },
      'At value.a[0] there is an instance of Point, which cannot be passed to Python. Pass a plain object of its members instead: { ...dto }.',
    ],
    ['memory that is gone', detached, 'At value there is memory that was transferred elsewhere'],
    ['a promise', Promise.resolve(), 'At value there is an instance of Promise'],
    ['an invalid Date', new Date(NaN), 'At value there is an invalid Date'],
    ['no duration', new Duration(NaN), 'At value there is a Duration of NaN'],
    ['a key', new Map([[Symbol('s'), 1]]), 'At value (a key) there is a symbol'],
    ['a value of a Map', new Map([[{}, Symbol('s')]]), 'At value[…] there is a symbol'],
    ['what holds itself', itself, 'something more than 200 levels deep, or that holds itself'],
  ])('refuses %s, and says where it is', (_, value, message) => {
    expect(() => encodeMembers({ value })).toThrow(UnsupportedValueError);
    expect(() => encodeMembers({ value })).toThrow(message);
  });
});

describe('NdArray', () => {
  it('infers the type of a Buffer', () => {
    expect(new NdArray(Buffer.from([1])).dtype).toBe('uint8');
  });

  it('refuses shapes and types that do not match', () => {
    expect(() => new NdArray(new Float64Array(4), [2, 3])).toThrow(RangeError);
    expect(() => new NdArray(new Float64Array(4), [-2, -2])).toThrow(RangeError);
    expect(() => new NdArray(new Float64Array(4), [4], 'int8')).toThrow(TypeError);
  });
});
