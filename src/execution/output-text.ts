import { isUtf8 } from 'node:buffer';

const NOTHING = Buffer.alloc(0);

/** Decodes output. Bytes that are not UTF-8 become `\xNN`, so that none is lost. */
export function textOf(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString() : escaped(bytes);
}

/** Decodes UTF-8 in which lone surrogates are encoded like other characters. */
export function textWithSurrogates(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  let text = '';
  let start = 0;
  for (let at = bytes.indexOf(0xed); at !== -1; at = bytes.indexOf(0xed, at + 1)) {
    const [, second = 0, third = 0] = bytes.subarray(at, at + 3);
    if (second < 0xa0) continue;
    const surrogate = String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f));
    text += bytes.toString('utf8', start, at) + surrogate;
    start = at + 3;
  }
  return text + bytes.toString('utf8', start);
}

/** Counts the bytes at the end that begin an incomplete character. */
export function incompleteTail(bytes: Buffer): number {
  for (let size = 1; size <= Math.min(3, bytes.length); size++) {
    const byte = bytes[bytes.length - size]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return sequenceLength(byte) > size ? size : 0;
  }
  return 0;
}

/** Decodes bytes that arrive in chunks; holds an incomplete character until its rest arrives. */
export class StreamedText {
  private held: Buffer = NOTHING;

  /** @param decode decodes whole characters. */
  constructor(private readonly decode: (bytes: Buffer) => string = textOf) {}

  add(bytes: Buffer): string {
    const all = this.held.length === 0 ? bytes : Buffer.concat([this.held, bytes]);
    const whole = all.length - incompleteTail(all);
    this.held = Buffer.from(all.subarray(whole));
    return this.decode(all.subarray(0, whole));
  }

  /** Returns the text of the bytes still held. */
  end(): string {
    const text = this.decode(this.held);
    this.held = NOTHING;
    return text;
  }
}

const BACKSLASH = 0x5c;
const X = 0x78;
const DIGITS = Buffer.from('0123456789abcdef');

function escaped(bytes: Buffer): string {
  const text = Buffer.allocUnsafe(4 * bytes.length); // an escape has four characters
  let size = 0;
  let at = 0;
  while (at < bytes.length) {
    const length = characterAt(bytes, at);
    if (length > 0) {
      for (const end = at + length; at < end; at++) text[size++] = bytes[at]!;
      continue;
    }
    const byte = bytes[at++]!;
    text[size++] = BACKSLASH;
    text[size++] = X;
    text[size++] = DIGITS[byte >> 4]!;
    text[size++] = DIGITS[byte & 15]!;
  }
  return text.toString('utf8', 0, size);
}

/** Returns the number of bytes of the character at this place; 0 if there is none. */
function characterAt(bytes: Buffer, at: number): number {
  const first = bytes[at]!;
  const length = sequenceLength(first);
  if (length <= 1) return length;
  const second = bytes[at + 1] ?? 0;
  // Not an overlong form, not half of a surrogate pair, not beyond Unicode.
  const isInRange =
    second >= (first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80) &&
    second <= (first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf);
  if (!isInRange) return 0;
  for (let n = 2; n < length; n++) if (!isContinuation(bytes[at + n] ?? 0)) return 0;
  return length;
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0;
}

function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}
