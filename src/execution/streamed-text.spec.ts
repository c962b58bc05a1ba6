import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../test/support/property.js';
import { textOf } from './output-text.js';
import { StreamedText } from './output-text.js';

function streamed(bytes: Buffer, cuts: readonly number[]): string {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)];
  const text = new StreamedText();
  const pieces = places.map((place, n) => text.add(bytes.subarray(place, places[n + 1])));
  return pieces.join('') + text.end();
}

const cuts = fc.array(fc.nat(1_000), { maxLength: 12 });

describe('StreamedText', () => {
  it('returns the printed text for any chunks', () => {
    const text = anyText({ maxLength: 30 });
    fc.assert(
      fc.property(text, cuts, (text, cuts) => {
        expect(streamed(Buffer.from(text), cuts)).toBe(text);
      }),
      { seed: 1987, numRuns: 300 },
    );
  });

  it('decodes any bytes in chunks as in one piece', () => {
    // Mostly lead and continuation bytes.
    const byte = fc.oneof(
      fc.nat(255),
      fc.constantFrom(0x61, 0x80, 0xbf, 0xc2, 0xe0, 0xed, 0xf0, 0xf4),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 30 }), cuts, (bytes, cuts) => {
        const printed = Buffer.from(bytes);
        expect(streamed(printed, cuts)).toBe(textOf(printed));
      }),
      { seed: 1987, numRuns: 1_000 },
    );
  });

  it('returns each character as soon as it is complete', () => {
    const text = new StreamedText();
    const [first, ...rest] = Buffer.from('é');
    expect(text.add(Buffer.from([0x61, first!]))).toBe('a');
    expect(text.add(Buffer.from(rest))).toBe('é');
    expect(text.end()).toBe('');
  });

  it('keeps no reference to the memory of a chunk', () => {
    const text = new StreamedText();
    const bytes = Buffer.from('é').subarray(0, 1);
    text.add(bytes);
    bytes.fill(0);
    expect(text.add(Buffer.from('é').subarray(1))).toBe('é');
  });
});
