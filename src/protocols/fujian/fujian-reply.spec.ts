import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../test/support/property.js';
import { LongText, PIECE_SIZE } from '../../execution/long-text.js';
import { isLong, jsonPiecesOf } from './fujian-reply.js';

const long = (text: string) => LongText.of([Buffer.from(text)]);

describe('a long reply', () => {
  it.each(['\0', '\x1b', '"\\', 'é', '😀', '\u2028', 'x\n'])('of %j is JSON, in pieces', (unit) => {
    const text = `a${unit.repeat(PIECE_SIZE)}`;
    const reply = { stdout: long(text), stderr: 'e', return: long(text), traceback: text };
    const pieces = [...jsonPiecesOf(reply)];
    expect(pieces.length).toBeGreaterThan(2);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(8 * PIECE_SIZE);
    expect(JSON.parse(Buffer.concat(pieces).toString())).toEqual({
      stdout: text,
      stderr: 'e',
      return: text,
      traceback: text,
    });
  });

  it('is the same JSON as a short one', () => {
    const texts = fc.record({ stdout: anyText(), stderr: anyText(), return: anyText() });
    fc.assert(
      fc.property(texts, (reply) => {
        expect(isLong(reply)).toBe(false);
        expect(Buffer.concat([...jsonPiecesOf(reply)]).toString()).toBe(JSON.stringify(reply));
      }),
    );
  });
});
