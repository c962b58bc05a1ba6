import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonCheck } from './json-check.js';

const LEVELS = 5;

/** Returns whether JSON in pieces is accepted. */
function isAccepted(json: string, places: readonly number[] = [], levels = LEVELS): boolean {
  const cuts = [0, ...places.map((place) => place % (json.length + 1)).sort((a, b) => a - b)];
  const check = new JsonCheck(levels);
  try {
    cuts.forEach((cut, n) => check.add(json.slice(cut, cuts[n + 1])));
    check.end();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
    return false;
  }
}

function parses(json: string): boolean {
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}

/** Python's form: in ASCII, with a space after each comma and colon. */
const asPython = (value: unknown) =>
  JSON.stringify(value).replace(
    /[^\0-\x7f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

describe('JsonCheck', () => {
  it('accepts any JSON, in any pieces', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.array(fc.nat()), (value, places) => {
        expect(isAccepted(asPython(value), places)).toBe(true);
      }),
    );
  });

  it('accepts of arbitrary text what is JSON', () => {
    const tokens = `[ ] { } , : " "a" "a": 1 - 0 .5 e+7 true nul l \\n \\ \\u12 3f`.split(' ');
    const token = fc.constantFrom(' ', ...tokens);
    fc.assert(
      fc.property(fc.array(token, { maxLength: 8 }), fc.array(fc.nat()), (tokens, places) => {
        const text = tokens.join('');
        expect(isAccepted(text, places, 100)).toBe(parses(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ['a line end', '[1,\n2]'],
    ['a character beyond ASCII', '"é"'],
    ['NaN', '[NaN]'],
    ['two values', '1 2'],
    ['nothing', ''],
    ['more levels than allowed', '['.repeat(LEVELS + 1) + ']'.repeat(LEVELS + 1)],
    ['a string without end', '"a'],
  ])('refuses %s', (_, json) => {
    expect(isAccepted(json)).toBe(false);
  });

  it('accepts as many levels as allowed', () => {
    expect(isAccepted('['.repeat(LEVELS) + ']'.repeat(LEVELS))).toBe(true);
  });

  it('accepts long strings and numbers', () => {
    const json = `["${'x\\\\'.repeat(100_000)}", ${'9'.repeat(50_000)}]`;
    expect(isAccepted(json, [40_000, 80_000, 120_000, 420_000])).toBe(true);
  });
});
