import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinedOnDemand, unjoined } from './joined-on-demand.js';
import { byteSizeOf, LongText, PIECE_SIZE, piecesOf, type Text } from './long-text.js';
import { textOf, textWithSurrogates } from './output-text.js';

/** Longer than a piece, with characters across every boundary of it. */
const LONG = `x${'é😀\0"\\'.repeat(20_000)}`;
const SHORT = 'short';

function textOfBlocks(bytes: Buffer, places: readonly number[]): Text {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length];
  cuts.sort((a, b) => a - b);
  return LongText.of(cuts.slice(1).map((cut, n) => bytes.subarray(cuts[n], cut)));
}

describe('LongText', () => {
  it('is a string where it is short', () => {
    expect(LongText.of([])).toBe('');
    expect(LongText.of([Buffer.from('a€').subarray(0, 2), Buffer.from('a€').subarray(2)])).toBe(
      'a€',
    );
    expect(LongText.join('a', 'b')).toBe('ab');
  });

  it('is the same text in pieces and as a whole, in blocks of any size', () => {
    const bytes = Buffer.concat([Buffer.from(LONG), Buffer.of(0xff, 0xc3)]);
    fc.assert(
      fc.property(fc.array(fc.nat()), (places) => {
        const text = textOfBlocks(bytes, places);
        const pieces = [...piecesOf(text)];
        expect(pieces.every((piece) => piece.length <= 4 * PIECE_SIZE)).toBe(true);
        expect(pieces.join('')).toBe(textOf(bytes));
        expect(String(text)).toBe(textOf(bytes));
        expect([...piecesOf(text)].join('')).toBe(textOf(bytes)); // after it was joined
        expect(byteSizeOf(text)).toBe(bytes.length);
      }),
      { numRuns: 20 },
    );
  });

  it('joins texts, long ones and short ones', () => {
    const long = LongText.of([Buffer.from(LONG)]);
    const joined = LongText.join(SHORT, long, SHORT);
    expect(String(joined)).toBe(SHORT + LONG + SHORT);
    expect(byteSizeOf(joined)).toBe(Buffer.byteLength(LONG) + 2 * SHORT.length);
    expect(String(LongText.join(joined, joined))).toBe((SHORT + LONG + SHORT).repeat(2));
  });

  it('has the pieces of a string', () => {
    expect([...piecesOf('')]).toEqual([]);
    expect([...piecesOf(LONG)].join('')).toBe(LONG);
  });
});

describe('an object whose texts are joined on demand', () => {
  it('has them as ordinary strings', () => {
    const object = joinedOnDemand({ short: SHORT, long: LongText.of([Buffer.from(LONG)]), n: 1 });
    expect(object).toEqual({ short: SHORT, long: LONG, n: 1 });
    expect(JSON.stringify(object)).toBe(JSON.stringify({ short: SHORT, long: LONG, n: 1 }));
    expect({ ...object }.long).toBe(LONG);
  });

  it('has them unjoined for those who send them', () => {
    const long = LongText.of([Buffer.from(LONG)]);
    const object = joinedOnDemand({ long, short: SHORT });
    expect(unjoined(object, 'long')).toBe(long);
    expect(unjoined(object, 'short')).toBe(SHORT);
    expect(unjoined({ plain: SHORT }, 'plain')).toBe(SHORT);
  });

  it('keeps a member with the name __proto__', () => {
    const long = LongText.of([Buffer.from(LONG)]);
    const object = joinedOnDemand(Object.fromEntries([['__proto__', long]]));
    expect(Object.entries(object)).toEqual([['__proto__', LONG]]);
  });
});

describe('textWithSurrogates', () => {
  /** Encodes as Python's `surrogatepass` does. */
  const encoded = (text: string) =>
    Buffer.concat(
      Array.from(text, (character) => {
        const code = character.charCodeAt(0);
        const isLone = character.length === 1 && code >= 0xd800 && code < 0xe000;
        if (!isLone) return Buffer.from(character);
        return Buffer.of(0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
      }),
    );

  it('decodes lone surrogates like other characters', () => {
    const unit = fc.constantFrom('a', 'é', '😀', '\ud800', '\udfff', '\udc00', '\ud7ff');
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        const text = units.join('');
        expect(textWithSurrogates(encoded(text))).toBe(text);
      }),
    );
  });

  it('decodes them across the pieces of a long text', () => {
    const text = `x${'\ud800'.repeat(40_000)}`;
    expect(String(LongText.of([encoded(text)], textWithSurrogates))).toBe(text);
  });
});
