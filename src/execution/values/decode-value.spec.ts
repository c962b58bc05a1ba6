import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { times } from '../../../test/support/property.js';
import { decodeValue, ValueFormatError } from './decode-value.js';
import { paddingAfter } from './padding.js';
import { DataFrame, NdArray } from './python-values.js';

function encoded(head: unknown, ...buffers: Uint8Array[]): Buffer {
  const json = Buffer.from(typeof head === 'string' ? head : JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([length, json, ...buffers.flatMap(padded)]);
}

const padded = (buffer: Uint8Array) => [buffer, Buffer.alloc(paddingAfter(buffer.length))];

const tagged = (value: unknown, ...buffers: Uint8Array[]) =>
  encoded([value, true, buffers.map(({ length }) => length)], ...buffers);

function decodesOrRefuses(payload: Buffer): void {
  try {
    decodeValue(payload);
  } catch (error) {
    expect(error).toBeInstanceOf(ValueFormatError);
  }
}

const TAGS = 'int float bytes map set datetime date timedelta decimal uuid array table other'.split(
  ' ',
);

describe('decodeValue', () => {
  it('decodes or refuses any bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
    fc.assert(fc.property(bytes, decodesOrRefuses));
  });

  it('decodes or refuses any JSON', () => {
    fc.assert(fc.property(fc.json(), (json) => decodesOrRefuses(encoded(json))));
  });

  it('decodes or refuses values of any members', () => {
    const shape = fc.array(fc.oneof(fc.nat(4), fc.double(), fc.string()), { maxLength: 3 });
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue(),
        tie('tagged'),
        fc.array(tie('value')),
      ),
      tagged: fc.record({
        $: fc.constantFrom(...TAGS),
        v: fc.oneof(tie('value'), fc.string(), fc.array(fc.array(tie('value'), { maxLength: 3 }))),
        b: fc.oneof(fc.nat(2), tie('value')),
        dtype: fc.constantFrom('bool', 'int64', 'float64', 'uint8', 'object', '__proto__'),
        shape,
        columns: fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 3 }),
      }),
    }));
    const buffers = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 2 });
    fc.assert(
      fc.property(value, buffers, (one, parts) => decodesOrRefuses(tagged(one, ...parts))),
      { numRuns: times(30, 100) },
    );
  });

  it.each([
    ['depth', encoded(`[${'['.repeat(5000)}${']'.repeat(5000)},true,[]]`)],
    [
      'an array whose bytes are no elements',
      tagged({ $: 'array', dtype: 'int64', shape: [1], b: 0 }, Buffer.alloc(7)),
    ],
    [
      'an array of another shape',
      tagged({ $: 'array', dtype: 'int8', shape: [3], b: 0 }, Buffer.alloc(4)),
    ],
    [
      'an array of negative lengths',
      tagged({ $: 'array', dtype: 'int8', shape: [-2, -2], b: 0 }, Buffer.alloc(4)),
    ],
    [
      'no such element type',
      tagged({ $: 'array', dtype: 'toString', shape: [], b: 0 }, Buffer.alloc(1)),
    ],
    ['an integer of no digits', tagged({ $: 'int', v: '0x' })],
    ['a column that is none', tagged({ $: 'table', columns: [['a', 1]] })],
    ['a buffer that is cut', encoded([{ $: 'bytes', b: 0 }, true, [17]], Buffer.alloc(16))],
    ['a buffer without its padding', Buffer.concat([encoded([0, true, [7]]), Buffer.alloc(7)])],
    ['bytes in no buffer', encoded([{ $: 'bytes', b: 0 }, true, [8]], Buffer.alloc(16))],
    ['a buffer of more than there can be', encoded([0, true, [2 ** 53 - 1, 1]], Buffer.alloc(8))],
    ['an unknown tag', tagged({ $: 'constructor' })],
  ])('refuses %s', (_, payload) => {
    expect(() => decodeValue(payload)).toThrow(ValueFormatError);
  });

  it('pollutes no prototype', () => {
    const payload = encoded(
      '[[{"__proto__":{"a":1}},{"$":"map","v":[["__proto__",{"a":1}]]}],true,[]]',
    );
    for (const one of decodeValue(payload) as object[]) {
      expect(Object.getPrototypeOf(one)).toBe(Object.prototype);
      expect(Object.keys(one)).toEqual(['__proto__']);
    }
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });

  it('copies bytes and arrays', () => {
    const bytes = Buffer.from([1, 2]);
    const payload = tagged({ $: 'bytes', b: 0 }, bytes);
    const value = decodeValue(payload) as Uint8Array;
    payload.fill(0);
    expect([...value]).toEqual([1, 2]);
  });

  describe('with memory of its own', () => {
    const array = { $: 'array', dtype: 'float64', shape: [10_000], b: 0 };
    const elements = new Float64Array(10_000).map((_, n) => n / 3);
    const bytes = new Uint8Array(elements.buffer);

    /** Places a payload like the frame decoder, or `lead` bytes further. */
    function own(payload: Buffer, lead = (8 - (payload.length % 8)) % 8): Buffer {
      const memory = Buffer.allocUnsafeSlow(lead + payload.length);
      payload.copy(memory, lead);
      return memory.subarray(lead);
    }

    it('returns views of large arrays and bytes', () => {
      const payload = own(
        tagged(
          [
            { $: 'bytes', b: 0 },
            { ...array, b: 1 },
          ],
          bytes,
          bytes,
        ),
      );
      const [first, second] = decodeValue(payload, true) as [Uint8Array, Float64Array];
      expect(first.buffer).toBe(payload.buffer);
      expect(second.buffer).toBe(payload.buffer);
      expect(Buffer.compare(first, bytes)).toBe(0);
      expect(Buffer.compare(Buffer.from(second.buffer, second.byteOffset, 80_000), bytes)).toBe(0);
    });

    it('copies small ones, which would keep the whole memory', () => {
      const payload = own(tagged({ $: 'bytes', b: 0 }, bytes.subarray(0, 9)));
      const value = decodeValue(payload, true) as Uint8Array;
      expect([...value]).toEqual([...bytes.subarray(0, 9)]);
      expect(value.buffer.byteLength).toBe(9);
    });

    it.each([1, 4, 7])('copies unaligned buffers (%i)', (off) => {
      const payload = tagged(array, bytes);
      const value = decodeValue(own(payload, ((8 - (payload.length % 8)) % 8) + off), true);
      expect(value).toEqual(elements);
      expect((value as Float64Array).byteOffset).toBe(0);
    });

    it('refuses an incomplete element', () => {
      const payload = own(tagged(array, bytes.subarray(0, 79_999)));
      expect(() => decodeValue(payload, true)).toThrow(ValueFormatError);
    });
  });

  it('distinguishes bytes, arrays of bytes, and columns of bytes', () => {
    const array = { $: 'array', dtype: 'uint8', shape: [2], b: 0 };
    expect(decodeValue(tagged(array, Buffer.from([1, 2])))).toEqual(
      new NdArray(new Uint8Array([1, 2])),
    );
    expect(
      decodeValue(tagged({ $: 'table', columns: [['a', array]] }, Buffer.from([1, 2]))),
    ).toEqual(new DataFrame({ a: new Uint8Array([1, 2]) }));
  });
});
