import { inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Bytes per pixel by colour type: truecolour, without and with alpha. */
const CHANNELS: Readonly<Record<number, number>> = { 2: 3, 6: 4 };

/** A picture, decoded from a PNG of 8 bits per channel. */
export class Png {
  private constructor(
    readonly width: number,
    readonly height: number,
    private readonly channels: number,
    private readonly pixels: Buffer,
  ) {}

  /** @param base64 as the lines of results have it. */
  static decode(base64: unknown): Png {
    const bytes = Buffer.from(String(base64), 'base64');
    if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new Error('it is no PNG');
    const chunks = [...chunksOf(bytes)];
    const header = chunks.find(({ type }) => type === 'IHDR')!.data;
    const [depth, colour, , , interlaced] = header.subarray(8);
    const channels = CHANNELS[colour!];
    if (depth !== 8 || channels === undefined || interlaced !== 0) {
      throw new Error(`a PNG of another kind: ${[...header.subarray(8)].join()}`);
    }
    const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
    const data = Buffer.concat(
      chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data),
    );
    return new Png(
      width,
      height,
      channels,
      unfiltered(inflateSync(data), width * channels, channels),
    );
  }

  /** Returns the number of pixels of exactly this colour, such as `ff0000`. */
  count(colour: string): number {
    return this.colours().get(colour) ?? 0;
  }

  /** Returns the number of pixels of each colour. */
  colours(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (let at = 0; at < this.pixels.length; at += this.channels) {
      const colour = this.pixels.toString('hex', at, at + 3);
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    return counts;
  }
}

function* chunksOf(bytes: Buffer): Generator<{ type: string; data: Buffer }> {
  for (let at = SIGNATURE.length; at < bytes.length;) {
    const size = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    yield { type, data: bytes.subarray(at + 8, at + 8 + size) };
    at += size + 12;
  }
}

/** Undoes the filters: each row begins with the type of its filter. */
function unfiltered(rows: Buffer, size: number, channels: number): Buffer {
  const pixels = Buffer.alloc((rows.length / (size + 1)) * size);
  for (let row = 0; row * (size + 1) < rows.length; row++) {
    const filter = rows[row * (size + 1)]!;
    const [from, to] = [row * (size + 1) + 1, row * size];
    for (let x = 0; x < size; x++) {
      const left = x >= channels ? pixels[to + x - channels]! : 0;
      const above = row > 0 ? pixels[to + x - size]! : 0;
      const corner = row > 0 && x >= channels ? pixels[to + x - size - channels]! : 0;
      const guess = [0, left, above, (left + above) >> 1, nearest(left, above, corner)][filter]!;
      pixels[to + x] = rows[from + x]! + guess;
    }
  }
  return pixels;
}

function nearest(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const [a, b, c] = [left, above, corner].map((one) => Math.abs(guess - one)) as [
    number,
    number,
    number,
  ];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}
