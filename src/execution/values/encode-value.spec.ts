import { runInNewContext, runInThisContext } from 'node:vm';
import { describe, expect, inject, it } from 'vitest';
import { UnsupportedValueError } from '../../errors/call-errors.js';
import { encodeMembers, LEAST_UNCOPIED } from './encode-value.js';
import {
  DataFrame,
  Decimal,
  Duration,
  ELEMENT_TYPES,
  NdArray,
  PlainDate,
  Uuid,
} from './python-values.js';

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

  it('passes whole numbers beyond 2^53 as floats, as JSON would round their digits', () => {
    const float = (v: string) => ({ $: 'float', v });
    expect(headOf([2 ** 53 - 1, 2 ** 53, -(2 ** 60), 1e300])).toEqual([
      {
        value: [
          2 ** 53 - 1,
          float('9007199254740992'),
          float('-1152921504606847000'),
          float('1e+300'),
        ],
      },
      true,
      [],
    ]);
  });

  it.each([
    'new Map([[1, [2]]])',
    'new Set(["a", new Date(7)])',
    'new Date(0)',
    'new ArrayBuffer(3)',
    'new SharedArrayBuffer(3)',
    'new DataView(new ArrayBuffer(9), 1, 4)',
    'new Uint8ClampedArray([1, 300])',
    ...Object.values(ELEMENT_TYPES).map(({ name }) => `new ${name}(3)`),
  ])('accepts %s of another realm', (source) => {
    const ours = runInThisContext(source) as unknown;
    expect(encodeMembers({ ours: runInNewContext(source) })).toEqual(encodeMembers({ ours }));
  });

  it('accepts arrays of another realm within an NdArray and a DataFrame', () => {
    const foreign = runInNewContext('new Uint8Array([1, 2])') as Uint8Array;
    const value = [new NdArray(foreign), new DataFrame({ a: foreign })];
    const array = { $: 'array', dtype: 'uint8', shape: [2] };
    const table = { $: 'table', columns: [['a', { ...array, b: 1 }]] };
    expect(headOf(value)).toEqual([{ value: [{ ...array, b: 0 }, table] }, true, [2, 2]]);
  });

  it.each([
    ['RegExp', '/a/'],
    ['TypeError', 'new TypeError("e")'],
    ['Promise', 'Promise.resolve()'],
    ['Number', 'new Number(1)'],
  ])('refuses a %s of this realm, and of another', (name, source) => {
    for (const run of [runInThisContext, runInNewContext]) {
      expect(() => encodeMembers({ value: run(source) as unknown })).toThrow(
        `At value there is an instance of ${name},`,
      );
    }
  });

  describe('nested', () => {
    const containers: [string, (inner: unknown) => unknown][] = [
      ['lists', (inner) => [inner, 1]],
      ['objects', (inner) => ({ inner })],
      ['tagged objects', (inner) => ({ $: inner })],
      ['Maps', (inner) => new Map([[1, inner]])],
      ['Sets', (inner) => new Set([inner])],
      ['DataFrames', (inner) => new DataFrame({ a: [inner] })],
    ];
    const nested = (levels: number, around: (inner: unknown) => unknown, inner: unknown) =>
      Array.from({ length: levels }).reduce<unknown>((value) => around(value), inner);

    it.each(containers)('%s may have 200 levels, and values in the last', (name, around) => {
      const levels = name === 'DataFrames' ? 100 : 200;
      for (const value of [1n, new Date(0), new Uint8Array(1), new Decimal('1')]) {
        expect(() => encodeMembers({ value: nested(levels, around, value) })).not.toThrow();
      }
      expect(() => encodeMembers({ value: nested(levels, around, []) })).toThrow(
        'more than 200 levels',
      );
    });
  });

  it('refuses more than 512 MiB of text and bytes together, and names the last', () => {
    const text = 'x'.repeat(2 ** 27);
    const bytes = new Uint8Array(2 ** 27);
    const message = (path: string) => `At ${path} there is more than the 536870912 bytes that fit`;
    expect(() => encodeMembers({ value: Array(6).fill(text) })).toThrow(message('value'));
    expect(() =>
      encodeMembers({ a: [{ text }, { text }, { text }, { text }], b: [{ text }] }),
    ).toThrow(message('b[0].text'));
    expect(() => encodeMembers({ value: [text, text, bytes, text, bytes] })).toThrow(
      message('value[4]'),
    );
  });

  const longTexts = [
    ['in UTF-8', 'ä'.repeat(2 ** 28)],
    ['with its quotes', 'x'.repeat(2 ** 29 - 24)],
  ] as const;
  it.each(inject('scope') === 'all' ? longTexts : [])(
    'refuses text that takes more than 512 MiB %s',
    (_, value) => {
      expect(() => encodeMembers({ small: [1], value })).toThrow('At value there is more than');
    },
  );

  it('takes 512 MiB of bytes but for the JSON', () => {
    const value = new Uint8Array(2 ** 29 - 1024);
    expect(encodeMembers({ value }).sizes).toEqual([value.length]);
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
    ['a Date before year 1', new Date(-62_135_596_800_001), 'the Date 0000-12-31T23:59:59.999Z'],
    ['a Date after 9999', new Date(8.64e15), 'the Date +275760-09-13T00:00:00.000Z'],
    ['a long Duration', new Duration(8.64e16), 'a Duration of 86400000000000000 (a timedelta has'],
    ['a short Duration', new Duration(-8.64e16), 'a Duration of -86400000000000000 (a timedelta'],
    ['a date without a day', new PlainDate('2024-02'), "a PlainDate of '2024-02' (a date is from"],
    ['no day of the calendar', new PlainDate('2023-02-29'), "a PlainDate of '2023-02-29'"],
    ['a date of year 0', new PlainDate('0000-01-01'), "a PlainDate of '0000-01-01'"],
    ['no number', new Decimal('1,5'), "a Decimal of '1,5' (a Decimal is like -12.5 or 1E+10"],
    ['a number without digits', new Decimal('.'), "a Decimal of '.'"],
    ['a large exponent', new Decimal('10E+999999999999999999'), 'with an exponent of up to 18'],
    ['a small exponent', new Decimal('0.1E-1999999999999999997'), 'with an exponent of up to 18'],
    ['no UUID', new Uuid('12'), "a Uuid of '12' (a UUID has 32 hexadecimal digits)"],
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
