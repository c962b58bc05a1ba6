import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { times } from '../../../../../test/support/property.js';
import { FrameDecoder, FrameError } from './frame-decoder.js';
import { FRAME_SIZE_LIMIT } from './frame-types.js';

interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

const bytes = (constraints: fc.IntArrayConstraints = {}) =>
  fc.uint8Array(constraints).map((array) => Buffer.from(array));

const frame = fc.record({ type: fc.nat(255), payload: bytes({ maxLength: 40 }) });

function encoded({ type, payload }: Frame): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32LE(payload.length + 1);
  head.writeUInt8(type, 4);
  return Buffer.concat([head, payload]);
}

/** Splits `data` at random, like a socket. */
function pieces(data: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...cuts.map((cut) => cut % (data.length + 1)), 0, data.length];
  places.sort((a, b) => a - b);
  return places.slice(1).map((place, i) => data.subarray(places[i], place));
}

function collecting(): { decoder: FrameDecoder; frames: Frame[] } {
  const frames: Frame[] = [];
  const decoder = new FrameDecoder((type, payload) => {
    frames.push({ type, payload: Buffer.from(payload) });
  });
  return { decoder, frames };
}

/** Feeds data through `writableBuffer()`, like a socket, `sizes` bytes at a time in turn. */
function readInto(decoder: FrameDecoder, stream: Buffer, sizes: readonly number[]): void {
  for (let start = 0, n = 0; start < stream.length; n++) {
    const room = decoder.writableBuffer();
    const size = Math.min(sizes[n % sizes.length]!, room.length, stream.length - start);
    stream.copy(room, 0, start, start + size);
    decoder.feed(Buffer.from(room.buffer, room.byteOffset, size));
    start += size;
  }
}

function decoded(chunks: readonly Buffer[]): Frame[] {
  const { decoder, frames } = collecting();
  for (const chunk of chunks) decoder.feed(chunk);
  return frames;
}

describe('FrameDecoder', () => {
  it('decodes frames, however the stream is split', () => {
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.nat()), (frames, cuts) => {
        const stream = Buffer.concat(frames.map(encoded));
        expect(decoded(pieces(stream, cuts))).toEqual(frames);
      }),
    );
  });

  it('decodes frames byte by byte', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 5 }), (frames) => {
        const stream = Buffer.concat(frames.map(encoded));
        const single = Array.from(stream, (_, i) => stream.subarray(i, i + 1));
        expect(decoded(single)).toEqual(frames);
      }),
    );
  });

  it('decodes frames that were read into its buffer, large ones included', () => {
    const large = fc
      .tuple(fc.nat(255), fc.integer({ min: 900_000, max: 1_300_000 }))
      .map(([type, size]) => ({ type, payload: Buffer.alloc(size, `${size}`) }));
    const frames = fc.array(fc.oneof(frame, large), { maxLength: 6 });
    const sizes = fc.array(fc.integer({ min: 1000, max: 65_536 }), { minLength: 1 });
    fc.assert(
      fc.property(frames, sizes, (sent, cuts) => {
        const { decoder, frames: received } = collecting();
        readInto(decoder, Buffer.concat(sent.map(encoded)), cuts);
        expect(received.map(({ type }) => type)).toEqual(sent.map(({ type }) => type));
        expect(received.every(({ payload }, n) => payload.equals(sent[n]!.payload))).toBe(true);
      }),
      { numRuns: times(8, 30) },
    );
  });

  it.each([0, 1, 7])('keeps a large frame (%i bytes more) in memory of its own', (more) => {
    const kept: Buffer[] = [];
    const decoder = new FrameDecoder((_, payload, isOwn) => {
      if (isOwn) kept.push(payload);
    });
    const large = encoded({ type: 1, payload: Buffer.alloc(2 ** 20 + more, 'x') });
    readInto(decoder, Buffer.concat([large, large]), [65_536]);
    expect(kept).toHaveLength(2);
    const [first, second] = kept as [Buffer, Buffer];
    expect(first.buffer).not.toBe(second.buffer);
    expect((first.byteOffset + first.length) % 8).toBe(0);
    expect(first.equals(second)).toBe(true);
  });

  it('emits no incomplete frame', () => {
    fc.assert(
      fc.property(fc.array(frame), frame, fc.nat(), (frames, last, cut) => {
        const whole = encoded(last);
        const part = whole.subarray(0, cut % whole.length);
        expect(decoded([Buffer.concat([...frames.map(encoded), part])])).toEqual(frames);
      }),
    );
  });

  it('decodes or rejects garbage and never reads beyond it', () => {
    fc.assert(
      fc.property(bytes({ maxLength: 200 }), fc.array(fc.nat()), (garbage, cuts) => {
        let frames: Frame[];
        try {
          frames = decoded(pieces(garbage, cuts));
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
          return;
        }
        const found = Buffer.concat(frames.map(encoded));
        expect(garbage.subarray(0, found.length)).toEqual(found);
      }),
    );
  });

  it('rejects a frame without a type', () => {
    expect(() => decoded([Buffer.from([0, 0, 0, 0, 1])])).toThrow(FrameError);
  });

  it('rejects a frame that is too long before its content arrives', () => {
    const head = Buffer.alloc(5);
    head.writeUInt32LE(FRAME_SIZE_LIMIT + 1);
    expect(() => decoded([head])).toThrow(
      new FrameError(
        `a frame of ${FRAME_SIZE_LIMIT + 1} bytes; the maximum is ${FRAME_SIZE_LIMIT}`,
      ),
    );
  });

  it('waits for the longest frame without using memory for it', () => {
    const head = Buffer.alloc(5);
    head.writeUInt32LE(FRAME_SIZE_LIMIT);
    const before = process.memoryUsage.rss();
    const { decoder, frames } = collecting();
    decoder.feed(head);
    for (let n = 0; n < 1_000; n++) decoder.feed(Buffer.alloc(1));
    expect(frames).toEqual([]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
  });

  it('decodes many of the shortest frames at once', () => {
    const shortest = encoded({ type: 9, payload: Buffer.alloc(0) });
    const many = Buffer.concat(Array.from({ length: 100_000 }, () => shortest));
    expect(decoded([many])).toHaveLength(100_000);
  });

  it('emits the frames before a rejected one', () => {
    const { decoder, frames } = collecting();
    const good = { type: 1, payload: Buffer.from('good') };
    expect(() => decoder.feed(Buffer.concat([encoded(good), Buffer.alloc(4)]))).toThrow(FrameError);
    expect(frames).toEqual([good]);
  });

  it('passes on errors of its listener', () => {
    const decoder = new FrameDecoder(() => {
      throw new FrameError('refused');
    });
    expect(() => decoder.feed(encoded({ type: 1, payload: Buffer.alloc(0) }))).toThrow('refused');
  });

  it('copies each chunk of a long frame once', () => {
    const long = { type: 7, payload: Buffer.alloc(4 * 1024 * 1024, 'x') };
    const stream = encoded(long);
    const chunks = [];
    for (let at = 0; at < stream.length; at += 4096) chunks.push(stream.subarray(at, at + 4096));
    const received: Buffer[] = [];
    const decoder = new FrameDecoder((_, payload) => received.push(payload));
    const copying = vi.spyOn(Buffer.prototype, 'copy');
    const joining = vi.spyOn(Buffer, 'concat');
    for (const chunk of chunks) decoder.feed(chunk);
    const copied = copying.mock.results.reduce((sum, { value }) => sum + (value as number), 0);
    expect(copied).toBe(long.payload.length);
    expect(joining).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    expect(received[0]!.equals(long.payload)).toBe(true);
  });
});
