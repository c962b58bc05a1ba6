import { randomBytes } from 'node:crypto';

/** First byte of every marker. UTF-8 never contains it, so that text is scanned at full speed. */
const FIRST_BYTE = 0xff;
const NUMBER_SIZE = 4;

export type OutputPart =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'barrier'; readonly barrier: number };

/** Creates the random marker that precedes the number of each barrier in a session's pipes. */
export function newMarker(): Buffer {
  const marker = randomBytes(16);
  marker[0] = FIRST_BYTE;
  return marker;
}

/** Finds the barriers in the chunks of a pipe. */
export class MarkerScanner {
  /** Held back: the possible beginning of a marker. */
  private held: Buffer = Buffer.alloc(0);

  constructor(private readonly marker: Buffer) {}

  *scan(chunk: Buffer): Generator<OutputPart> {
    const data = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    const size = this.marker.length + NUMBER_SIZE;
    let start = 0;
    let found = data.indexOf(this.marker);
    while (found !== -1 && found + size <= data.length) {
      if (found > start) yield { kind: 'bytes', bytes: data.subarray(start, found) };
      yield { kind: 'barrier', barrier: data.readUInt32LE(found + this.marker.length) };
      start = found + size;
      found = data.indexOf(this.marker, start);
    }
    const end = found === -1 ? this.beginningOfMarker(data, start) : found;
    if (end > start) yield { kind: 'bytes', bytes: data.subarray(start, end) };
    this.held = data.subarray(end);
  }

  /** Returns the bytes held back, when nothing can follow. */
  flush(): Buffer {
    const rest = this.held;
    this.held = Buffer.alloc(0);
    return rest;
  }

  private beginningOfMarker(data: Buffer, start: number): number {
    let at = data.indexOf(FIRST_BYTE, Math.max(start, data.length - this.marker.length + 1));
    while (at !== -1) {
      if (data.compare(this.marker, 0, data.length - at, at) === 0) return at;
      at = data.indexOf(FIRST_BYTE, at + 1);
    }
    return data.length;
  }
}
