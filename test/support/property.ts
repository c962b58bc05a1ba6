import fc from 'fast-check';
import { inject } from 'vitest';

/** Returns a size or a number of rounds: `everyday`, or `all` in `npm run test:all`. */
export function times(everyday: number, all: number): number {
  return inject('scope') === 'all' ? all : everyday;
}

/** Surrogates only in pairs. fast-check's own `binary` takes seconds to list all of Unicode first. */
const character = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

/** Returns an arbitrary for text of any characters. */
export function anyText(constraints: { readonly maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.string({ ...constraints, unit: character });
}
