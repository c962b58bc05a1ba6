import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteBlocks } from './byte-blocks.js';

const chunk = fc.oneof(
  fc.uint8Array({ maxLength: 5 }),
  fc.nat(80_000).map((size) => new Uint8Array(size).fill(size)),
);
const chunks = fc.array(
  chunk.map((bytes) => Buffer.from(bytes)),
  { maxLength: 30 },
);

function added(all: readonly Buffer[]): ByteBlocks {
  const blocks = new ByteBlocks();
  for (const bytes of all) blocks.add(bytes);
  return blocks;
}

describe('ByteBlocks', () => {
  it('keeps all bytes in order', () => {
    fc.assert(
      fc.property(chunks, (all) => {
        const blocks = added(all);
        const whole = Buffer.concat(all);
        expect(blocks.size).toBe(whole.length);
        expect(Buffer.concat(blocks.take()).equals(whole)).toBe(true);
        expect([blocks.size, blocks.take()]).toEqual([0, []]);
      }),
    );
  });

  it('keeps the last bytes up to a limit, whatever was added and dropped before', () => {
    fc.assert(
      fc.property(chunks, chunks, fc.nat(300_000), (first, second, limit) => {
        const blocks = added(first);
        const dropped = blocks.keepLast(limit);
        for (const bytes of second) blocks.add(bytes);
        const whole = Buffer.concat([...first, ...second]).subarray(dropped);
        expect(dropped).toBe(Math.max(0, Buffer.concat(first).length - limit));
        expect(Buffer.concat(blocks.take()).equals(whole)).toBe(true);
      }),
    );
  });

  it('takes an incomplete character from the end, and goes on', () => {
    fc.assert(
      fc.property(chunks, fc.array(fc.nat(4)), fc.nat(3), (all, cuts, size) => {
        const text = Buffer.from('ä😀').subarray(0, 2 + size);
        const pieces = cuts.flatMap((at) => [text.subarray(0, at), text.subarray(at)]).slice(0, 2);
        const blocks = added([...all, Buffer.from('.'), ...(pieces.length > 0 ? pieces : [text])]);
        expect(blocks.takeIncompleteTail().equals(text.subarray(2))).toBe(true);
        blocks.add(Buffer.from('!'));
        expect(Buffer.concat(blocks.take()).toString().endsWith('.ä!')).toBe(true);
      }),
    );
  });

  it('shares memory among small chunks, and keeps no reference to theirs', () => {
    const bytes = Buffer.from('ab');
    const blocks = added(Array.from({ length: 100_000 }, () => bytes));
    bytes.fill(0);
    const taken = blocks.take();
    expect(taken.length).toBeLessThan(30);
    expect(Buffer.concat(taken).toString()).toBe('ab'.repeat(100_000));
  });
});
