import fc from 'fast-check';
import { inject } from 'vitest';

/** Returns how much, or how often, something is tried: `everyday`, or `all` in `npm run test:all`. */
export function times(everyday: number, all: number): number {
  return inject('scope') === 'all' ? all : everyday;
}

/** Surrogates only in pairs. The `binary` of fast-check makes a list of all Unicode first: for seconds. */
const character = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

/** Text of any characters. */
export function anyText(constraints: { readonly maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.string({ ...constraints, unit: character });
}
