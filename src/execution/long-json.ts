import { JsonCheck } from './json-check.js';
import { PIECE_SIZE } from './long-text.js';
import type { JsonValue } from './shown.js';

/** JSON that takes too long to be parsed at once: sent as it was written, parsed on demand. */
export class LongJson {
  /** @param levels how deep it may be nested. */
  constructor(
    private readonly bytes: Buffer,
    private readonly levels: number,
  ) {}

  /** Bytes. */
  get size(): number {
    return this.bytes.length;
  }

  /** Throws a SyntaxError at the first piece that is not JSON in ASCII. */
  *pieces(): Generator<string, void, void> {
    const check = new JsonCheck(this.levels);
    for (let start = 0; start < this.bytes.length; start += PIECE_SIZE) {
      const piece = this.bytes.toString('latin1', start, start + PIECE_SIZE);
      check.add(piece);
      yield piece;
    }
    check.end();
  }

  parse(): JsonValue {
    return JSON.parse(this.bytes.toString()) as JsonValue;
  }
}
