import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../test/support/property.js';
import { incompleteTail, textOf } from './output-text.js';

const text = anyText();
const bytes = fc.uint8Array().map((array) => Buffer.from(array));

describe('textOf', () => {
  it('decodes UTF-8', () => {
    fc.assert(fc.property(text, (original) => textOf(Buffer.from(original)) === original));
  });

  it.each([
    ['a byte that begins no character', [0x61, 0xff, 0x62], 'a\\xffb'],
    ['a continuation without a beginning', [0x80, 0x61], '\\x80a'],
    ['a beginning without a continuation', [0xc3], '\\xc3'],
    ['an overlong form', [0xc0, 0xaf], '\\xc0\\xaf'],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80], '\\xed\\xa0\\x80'],
    ['a number beyond Unicode', [0xf4, 0x90, 0x80, 0x80], '\\xf4\\x90\\x80\\x80'],
    ['bytes between whole characters', [0xc3, 0xa4, 0xff, 0xe2, 0x82, 0xac], 'ä\\xff€'],
    ['a character that is cut off, then a whole one', [0xe2, 0x82, 0xc3, 0xa4], '\\xe2\\x82ä'],
  ])('escapes %s', (_, input, expected) => {
    expect(textOf(Buffer.from(input))).toBe(expected);
  });

  it('keeps every byte', () => {
    fc.assert(
      fc.property(
        bytes.filter((some) => !some.includes('\\')), // which would be ambiguous beside escapes
        (original) => {
          const restored = textOf(original)
            .split(/(\\x[0-9a-f]{2})/)
            .map((part) =>
              part.startsWith('\\x') ? Buffer.from(part.slice(2), 'hex') : Buffer.from(part),
            );
          expect(Buffer.concat(restored)).toEqual(original);
        },
      ),
    );
  });

  it('returns well-formed text for any bytes', () => {
    fc.assert(fc.property(bytes, (some) => isUtf8(Buffer.from(textOf(some)))));
  });
});

describe('incompleteTail', () => {
  it('is the incomplete last character of text that is cut anywhere', () => {
    fc.assert(
      fc.property(text, fc.nat(), (original, place) => {
        const whole = Buffer.from(original);
        const cut = place % (whole.length + 1);
        const tail = incompleteTail(whole.subarray(0, cut));
        expect(textOf(whole.subarray(0, cut - tail)) + textOf(whole.subarray(cut - tail))).toBe(
          original,
        );
      }),
    );
  });

  it('is never longer than a character without its last byte', () => {
    fc.assert(fc.property(bytes, (some) => incompleteTail(some) <= Math.min(3, some.length)));
  });

  it.each([
    ['nothing', [], 0],
    ['ASCII', [0x61], 0],
    ['a whole character', [0xc3, 0xa4], 0],
    ['the first byte of two', [0x61, 0xc3], 1],
    ['three bytes of four', [0xf0, 0x9f, 0x98], 3],
    ['bytes that begin nothing', [0x80, 0x80, 0x80, 0x80], 0],
    ['a byte that is never part of UTF-8', [0xff], 0],
  ])('of %s', (_, input, expected) => {
    expect(incompleteTail(Buffer.from(input))).toBe(expected);
  });
});
