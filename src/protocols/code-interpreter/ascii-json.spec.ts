import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../test/support/property.js';
import { asciiJson } from './ascii-json.js';

describe('asciiJson', () => {
  it('is JSON of the same value, in ASCII and in one line', () => {
    fc.assert(
      fc.property(fc.jsonValue(), anyText(), (value, text) => {
        const json = asciiJson({ value, text });
        expect(json).toMatch(/^[\x20-\x7e]*$/);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, text })));
      }),
    );
  });

  it('escapes characters that the SDKs take for a line end or cut in two', () => {
    expect(asciiJson('\u2028\u0085 é 😀 \ud800')).toBe(
      String.raw`"\u2028\u0085 \u00e9 \ud83d\ude00 \ud800"`,
    );
  });
});
