import { LongJson } from '../../execution/long-json.js';
import { LongText, PIECE_SIZE, piecesOf } from '../../execution/long-text.js';
import type { JsonValue } from '../../execution/shown.js';

const NOT_ASCII = /[^\0-\x7f]/;
const DIGITS = Buffer.from('0123456789abcdef');
const [BACKSLASH, U] = Buffer.from('\\u');
/** Bytes of a slice in base64: a multiple of 3, so that slices can be joined. */
const BASE64_SLICE = 3 * 16 * 1024;

/**
 * Encodes a value as JSON in ASCII. The SDKs decode each chunk of a response by itself, and split
 * lines at Unicode's line ends: a multi-byte character, or U+2028, would not survive that.
 */
export function asciiJson(value: unknown): string {
  const json = JSON.stringify(value);
  return NOT_ASCII.test(json) ? escaped(json) : json;
}

/** Escapes in a loop of its own, as a replacement for each character would take ten times as long. */
function escaped(json: string): string {
  const ascii = Buffer.allocUnsafe(6 * json.length);
  let size = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code < 0x80) {
      ascii[size++] = code;
      continue;
    }
    ascii[size++] = BACKSLASH!;
    ascii[size++] = U!;
    for (let bits = 12; bits >= 0; bits -= 4) ascii[size++] = DIGITS[(code >> bits) & 15]!;
  }
  return ascii.toString('latin1', 0, size);
}

/**
 * A member of a line: long ones are encoded in pieces, bytes as base64. A map is an object that may
 * have long members.
 */
export type LineMember = JsonValue | LongText | LongJson | Buffer | LineMembers;
export interface LineMembers extends ReadonlyMap<string, LineMember> {}

/** One line of a reply, without its line end: in pieces if it is long. */
export type Line = string | { readonly pieces: Iterable<string> };

/** Encodes a line. */
export function lineOf(object: Readonly<Record<string, LineMember>>): Line {
  const members: LineMembers = new Map(Object.entries(object));
  return isLong(members) ? { pieces: objectPieces(members) } : asciiJson(plain(members));
}

function isLong(value: LineMember): boolean {
  if (value instanceof Map) return [...value.values()].some(isLong);
  if (value instanceof LongText || value instanceof LongJson) return true;
  return (Buffer.isBuffer(value) || typeof value === 'string') && value.length > PIECE_SIZE;
}

/** Returns a value that has no long members as JSON.stringify() takes it. */
function plain(value: LineMember): unknown {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([name, member]) => [name, plain(member)]));
}

function* objectPieces(members: LineMembers): Generator<string, void, void> {
  let separator = '{';
  for (const [name, value] of members) {
    yield `${separator}${asciiJson(name)}:`;
    yield* memberPieces(value);
    separator = ',';
  }
  yield separator === '{' ? '{}' : '}';
}

function* memberPieces(value: LineMember): Generator<string, void, void> {
  if (value instanceof Map) {
    yield* objectPieces(value);
  } else if (value instanceof LongText || typeof value === 'string') {
    yield '"';
    for (const piece of piecesOf(value)) yield asciiJson(piece).slice(1, -1);
    yield '"';
  } else if (value instanceof LongJson) {
    yield* value.pieces();
  } else if (Buffer.isBuffer(value)) {
    yield '"';
    for (let start = 0; start < value.length; start += BASE64_SLICE) {
      yield value.toString('base64', start, start + BASE64_SLICE);
    }
    yield '"';
  } else {
    yield asciiJson(value);
  }
}
