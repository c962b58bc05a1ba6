import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MarkerScanner, newMarker, type OutputPart } from './output-pipe.js';

/** Short, so that similar bytes occur by chance. */
const MARKER = Buffer.from([0xff, 0x01, 0xff, 0x02]);

/** Random output: mostly bytes of the marker, but never the whole marker. */
const printed = fc
  .array(fc.oneof(fc.constantFrom(...MARKER), fc.nat(255)), { maxLength: 12 })
  .map((bytes) => Buffer.from(bytes))
  .filter((bytes) => !bytes.includes(MARKER));

const runs = fc.array(fc.record({ bytes: printed, barrier: fc.nat(0xffffffff) }), { maxLength: 6 });

function barrierOf(number: number): Buffer {
  const barrier = Buffer.alloc(MARKER.length + 4);
  MARKER.copy(barrier);
  barrier.writeUInt32LE(number, MARKER.length);
  return barrier;
}

function scanned(chunks: readonly Buffer[]): OutputPart[] {
  const scanner = new MarkerScanner(MARKER);
  const parts = chunks.flatMap((chunk) => [...scanner.scan(chunk)]);
  const rest = scanner.flush();
  return rest.length === 0 ? parts : [...parts, { kind: 'bytes', bytes: rest }];
}

/** Joins neighbouring bytes, whose split does not matter. */
function joined(parts: readonly OutputPart[]): (string | number)[] {
  const result: (string | number)[] = [];
  for (const part of parts) {
    if (part.kind === 'barrier') result.push(part.barrier);
    else if (typeof result.at(-1) === 'string')
      result.push(result.pop() + part.bytes.toString('hex'));
    else result.push(part.bytes.toString('hex'));
  }
  return result;
}

describe('MarkerScanner', () => {
  it('separates output and barriers, however the pipe is split', () => {
    fc.assert(
      fc.property(runs, printed, fc.array(fc.nat()), (ended, last, cuts) => {
        const stream = Buffer.concat([
          ...ended.flatMap(({ bytes, barrier }) => [bytes, barrierOf(barrier)]),
          last,
        ]);
        // The end of an output may look like the beginning of the marker after it. Then the first
        // whole marker counts, as for the scanner.
        fc.pre(onlyTheseMarkers(stream, ended));
        const expected = [
          ...ended.flatMap(({ bytes, barrier }) => [bytes.toString('hex'), barrier]),
          last.toString('hex'),
        ].filter((part) => part !== '');
        const places = [...cuts.map((cut) => cut % (stream.length + 1)), 0, stream.length];
        places.sort((a, b) => a - b);
        const chunks = places.slice(1).map((place, i) => stream.subarray(places[i], place));
        expect(joined(scanned(chunks))).toEqual(expected);
      }),
    );
  });

  it('keeps every byte of output without markers', () => {
    fc.assert(
      fc.property(fc.array(printed), (chunks) => {
        const stream = Buffer.concat(chunks);
        fc.pre(!stream.includes(MARKER));
        expect(joined(scanned(chunks)).join('')).toBe(stream.toString('hex'));
      }),
    );
  });

  it('holds back no text', () => {
    const scanner = new MarkerScanner(newMarker());
    const parts = [...scanner.scan(Buffer.from('progress: 50 % 😀'))];
    expect(joined(parts)).toEqual([Buffer.from('progress: 50 % 😀').toString('hex')]);
    expect(scanner.flush()).toHaveLength(0);
  });

  it('holds back the possible beginning of a marker until the end', () => {
    const scanner = new MarkerScanner(MARKER);
    expect(
      joined([...scanner.scan(Buffer.concat([Buffer.from('a'), MARKER.subarray(0, 3)]))]),
    ).toEqual(['61']);
    expect(scanner.flush()).toEqual(MARKER.subarray(0, 3));
    expect(scanner.flush()).toHaveLength(0);
  });

  it('creates unique markers that begin with no byte of UTF-8', () => {
    const [one, other] = [newMarker(), newMarker()];
    expect(one).toHaveLength(16);
    expect(one.equals(other)).toBe(false);
    expect([one[0], other[0]]).toEqual([0xff, 0xff]);
  });
});

/** Returns whether `stream` contains the marker only where it was inserted. */
function onlyTheseMarkers(stream: Buffer, ended: readonly { bytes: Buffer }[]): boolean {
  let at = 0;
  for (const { bytes } of ended) {
    if (stream.indexOf(MARKER, at) !== at + bytes.length) return false;
    at += bytes.length + MARKER.length + 4;
  }
  return !stream.includes(MARKER, at);
}
