import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeValue } from '../../../values/decode-value.js';
import { LEAST_UNCOPIED } from '../../../values/encode-value.js';
import { encodeOperation } from '../../../calls/operation.js';
import { textWithSurrogates } from '../../../output-text.js';
import type { Submission } from '../../engine.js';
import { FrameDecoder } from './frame-decoder.js';
import { encodeExecute } from './frame-encoder.js';

/** Returns the parts of the frame for a call with these arguments. */
function partsFor(args: readonly unknown[], tamper = () => {}): Uint8Array[] {
  const operation = encodeOperation({ op: 'call', target: 'a:b', args, kwargs: {} });
  tamper();
  const submission = { id: 1, code: '', filename: 'f', env: {}, operation };
  return encodeExecute(submission as unknown as Submission, false);
}

function decodedArguments(parts: readonly Uint8Array[]): unknown {
  const values: unknown[] = [];
  const decoder = new FrameDecoder((_, payload) => values.push(decodeValue(payload.subarray(14))));
  decoder.feed(Buffer.concat(parts));
  expect(values).toHaveLength(1);
  return (values[0] as { args: unknown }).args;
}

describe('encodeExecute', () => {
  it('encodes buffers of any sizes in one frame', () => {
    const size = fc.oneof(fc.nat(20), fc.constant(LEAST_UNCOPIED), fc.constant(LEAST_UNCOPIED + 3));
    fc.assert(
      fc.property(fc.array(size, { maxLength: 5 }), (sizes) => {
        const args = sizes.map((bytes) => new Uint8Array(bytes).fill(bytes));
        const decoded = decodedArguments(partsFor(args)) as Uint8Array[];
        expect(decoded.map((one) => Buffer.from(one).equals(args[decoded.indexOf(one)]!))).toEqual(
          sizes.map(() => true),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('joins small buffers and does not copy large ones', () => {
    const large = new Uint8Array(LEAST_UNCOPIED);
    const small = new Uint8Array(3);
    const parts = partsFor([small, small, large, small, large]);
    expect(parts).toHaveLength(4);
    expect([parts[1]!.buffer, parts[3]!.buffer]).toEqual([large.buffer, large.buffer]);
    expect(partsFor([small, small, small])).toHaveLength(1);
  });

  it('keeps the frame whole if a large buffer was transferred meanwhile', () => {
    const large = new Uint8Array(LEAST_UNCOPIED).fill(1);
    const parts = partsFor([large, 'after'], () =>
      structuredClone(large.buffer, { transfer: [large.buffer] }),
    );
    const [content, after] = decodedArguments(parts) as [Uint8Array, string];
    expect(Buffer.alloc(LEAST_UNCOPIED).equals(content)).toBe(true);
    expect(after).toBe('after');
  });

  it('encodes lone surrogates like other characters, and text beside them as it is', () => {
    const code = '\udc00ä"\ud800"😀\ufffd語\ud83d';
    const submission = { id: 1, code, filename: '\ud800.py', env: {} } as unknown as Submission;
    const frame = Buffer.concat(encodeExecute(submission, false));
    expect(textWithSurrogates(frame.subarray(18, 24))).toBe('\ud800.py');
    expect(textWithSurrogates(frame.subarray(24))).toBe(code);
    expect(frame.readUInt32LE(0)).toBe(frame.length - 4);
  });
});
