import { Readable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import { StreamableFile } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { jsonOf } from './json-of.js';
import { DataFrame, Decimal, Duration, NdArray, PlainDate, Uuid } from './python-values.js';

const UUID = '8f1f7fb6-9b5c-4b0e-8f73-0d5c7d7c2a00';

describe('values of Python as JSON', () => {
  it.each([
    ['an int', 5n, 5],
    ['an int beyond 2^53', 2n ** 53n, '9007199254740992'],
    ['a column of int64', new BigInt64Array([1n, -(2n ** 60n)]), [1, '-1152921504606846976']],
    ['an array', new Float32Array([0.5, 1]), [0.5, 1]],
    ['bytes', new Uint8Array([104, 105]), 'aGk='],
    ['a Buffer', Buffer.from('hi'), 'aGk='],
    ['an ArrayBuffer', new Uint8Array([104, 105]).buffer, 'aGk='],
    ['a set', new Set([1n, 'a']), [1, 'a']],
    ['a dict of numbers', new Map([[1, 2n]]), { 1: 2 }],
    ['a dict of dates', new Map([[new PlainDate('2026-11-30'), 1]]), { '2026-11-30': 1 }],
    ['a dict of datetimes', new Map([[new Date(0), 1]]), { '1970-01-01T00:00:00.000Z': 1 }],
    ['a dict of tuples', new Map([[[1, 2n], 'a']]), [[[1, 2], 'a']]],
    ['a dict whose keys have one text', new Map<unknown, unknown>([[1, 'a'], ['1', 'b']]), [[1, 'a'], ['1', 'b']]], // prettier-ignore
    ['a Decimal', new Decimal('0.10'), '0.10'],
    ['a UUID', new Uuid(UUID), UUID],
    ['a date', new PlainDate('2026-11-30'), '2026-11-30'],
    ['a datetime', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a timedelta', new Duration(1500), 1500],
    ['NaN', Number.NaN, null],
    ['an array of two dimensions', new NdArray(new BigInt64Array(4), [2, 2]), [[0, 0], [0, 0]]], // prettier-ignore
    ['an array of no dimension', new NdArray(new Float64Array([1]), []), 1],
    ['an empty array', new NdArray(new Float64Array(0), [0, 3]), []],
    ['an array of booleans', new NdArray(new Uint8Array([1, 0]), [2], 'bool'), [true, false]],
    ['a table', new DataFrame({ n: new BigInt64Array([1n, 2n]), name: ['a', null] }), [{ n: 1, name: 'a' }, { n: 2, name: null }]], // prettier-ignore
    ['a Map of another realm', runInNewContext('new Map([[1, 2n]])'), { 1: 2 }],
    ['a member called __proto__', JSON.parse('{"__proto__": []}'), JSON.parse('{"__proto__": []}')],
  ])('%s', (_, value, json) => {
    expect(JSON.parse(JSON.stringify(jsonOf(value)))).toEqual(json);
    expect(JSON.parse(JSON.stringify(jsonOf({ a: [value] })))).toEqual({ a: [json] });
  });

  it('are such without it, where the class is ours', () => {
    const values = [new Decimal('1'), new NdArray(new BigInt64Array(1)), new DataFrame({ a: [1] })];
    expect(JSON.stringify(values)).toBe('["1",[0],[{"a":1}]]');
  });

  it('leave instances of other classes what they are', () => {
    class Answer {
      constructor(readonly prices: unknown) {}
    }
    const same = new Answer([1, 2]);
    expect(jsonOf(same)).toBe(same);
    const answer = jsonOf(new Answer(new BigInt64Array([1n])));
    expect(answer).toBeInstanceOf(Answer);
    expect(answer).toEqual({ prices: [1] });
    for (const one of [new StreamableFile(Buffer.from('x')), Readable.from([Buffer.from('x')])]) {
      expect(jsonOf(one)).toBe(one);
    }
  });

  it('that contain themselves are refused as ever', () => {
    const itself: unknown[] = [1n];
    itself.push(itself);
    expect(() => JSON.stringify(jsonOf(itself))).toThrow(TypeError);
  });
});
