import { isUtf8 } from 'node:buffer';

/** Decodes output. Bytes that are not UTF-8 become `\xNN`, so that none is lost. */
export function textOf(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString() : escaped(bytes);
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

function escaped(bytes: Buffer): string {
  let text = '';
  let valid = 0;
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at]!);
    if (length > 0 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))) {
      at += length;
      continue;
    }
    text += `${bytes.toString('utf8', valid, at)}\\x${bytes[at]!.toString(16).padStart(2, '0')}`;
    at += 1;
    valid = at;
  }
  return text + bytes.toString('utf8', valid);
}

function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}
