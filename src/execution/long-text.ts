import { constants } from 'node:buffer';
import { StreamedText, textOf } from './output-text.js';

/**
 * Bytes, or characters, of one piece of a long text. Whatever they are, a piece is decoded, encoded
 * and sent within a few milliseconds.
 */
export const PIECE_SIZE = 32 * 1024;

/** A text, in pieces if it is too long to be handled at once. */
export type Text = string | LongText;

/** The bytes of a text, and the function that decodes whole characters of it. */
interface EncodedText {
  readonly blocks: readonly Buffer[];
  readonly decode: (bytes: Buffer) => string;
}

type Part = string | EncodedText;

const CUT = '\n[fujian: the text was cut here, as JavaScript has no longer strings]\n';

/**
 * A text that is too long to be handled at once, or for one JavaScript string. Keeps the bytes, and
 * decodes them on demand.
 */
export class LongText {
  private joined: string | undefined;

  private constructor(
    private parts: readonly Part[],
    /** Bytes. */
    readonly size: number,
  ) {}

  /** Joins texts. Returns a string if all of them are strings. */
  static join(...texts: readonly Text[]): Text {
    const isShort = (text: Text): text is string => typeof text === 'string';
    if (texts.every(isShort)) return texts.join('');
    const size = texts.reduce((sum, text) => sum + byteSizeOf(text), 0);
    const parts = texts.flatMap((text): readonly Part[] => (isShort(text) ? [text] : text.parts));
    return new LongText(parts, size);
  }

  /** Returns the text of bytes: a string if it is no longer than a piece. */
  static of(blocks: readonly Buffer[], decode = textOf): Text {
    const size = blocks.reduce((sum, { length }) => sum + length, 0);
    if (size > PIECE_SIZE) return new LongText([{ blocks, decode }], size);
    return size === 0 ? '' : decode(blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks));
  }

  *pieces(): Generator<string, void, void> {
    for (const part of this.parts) {
      if (typeof part === 'string') yield* piecesOf(part);
      else yield* decoded(part);
    }
  }

  /** Returns the whole text, as far as a JavaScript string can hold it. */
  toString(): string {
    if (this.joined !== undefined) return this.joined;
    const pieces: string[] = [];
    let length = 0;
    for (const piece of this.pieces()) {
      length += piece.length;
      if (length > constants.MAX_STRING_LENGTH - CUT.length) {
        return (this.joined = `${pieces.join('')}${CUT}`);
      }
      pieces.push(piece);
    }
    this.joined = pieces.join('');
    this.parts = [this.joined]; // once is enough
    return this.joined;
  }
}

/** Returns the text in pieces that are handled one at a time, in different turns of the event loop. */
export function* piecesOf(text: Text): Generator<string, void, void> {
  if (typeof text !== 'string') {
    yield* text.pieces();
    return;
  }
  for (let start = 0; start < text.length; start += PIECE_SIZE) {
    yield text.slice(start, start + PIECE_SIZE);
  }
}

export function byteSizeOf(text: Text): number {
  return typeof text === 'string' ? Buffer.byteLength(text) : text.size;
}

function* decoded({ blocks, decode }: EncodedText): Generator<string, void, void> {
  const text = new StreamedText(decode);
  for (const block of blocks) {
    for (let start = 0; start < block.length; start += PIECE_SIZE) {
      yield text.add(block.subarray(start, start + PIECE_SIZE));
    }
  }
  const rest = text.end();
  if (rest !== '') yield rest;
}
