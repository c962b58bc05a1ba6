/** Texts that are hard to send when they are long. */
export interface LongTextCase {
  readonly name: string;
  /** Returns a Python expression for a text of about so many bytes. */
  readonly python: (bytes: number) => string;
  readonly text: (bytes: number) => string;
}

/** The first character puts longer ones across every boundary of two to the power of anything. */
function repeated(name: string, python: string, unit: string): LongTextCase {
  const times = (bytes: number) => Math.floor(bytes / Buffer.byteLength(unit));
  return {
    name,
    python: (bytes) => `'x' + ${python} * ${times(bytes)}`,
    text: (bytes) => `x${unit.repeat(times(bytes))}`,
  };
}

export const LONG_TEXTS = [
  repeated('ASCII', "'x'", 'x'),
  repeated('NUL, which JSON writes as six characters', 'chr(0)', '\0'),
  repeated('escapes of a terminal', "'\\x1b[0m'", '\x1b[0m'),
  repeated('quotes and backslashes', `'"\\\\'`, '"\\'),
  repeated('characters of two bytes', "'é'", 'é'),
  repeated('characters of four bytes', "'😀'", '😀'),
  repeated('line ends of Unicode', "'\\u2028'", '\u2028'),
] as const;
