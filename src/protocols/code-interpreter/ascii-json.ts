const NOT_ASCII = /[^\0-\x7f]/;
const EACH_NOT_ASCII = /[^\0-\x7f]/g;

/**
 * Encodes a value as JSON in ASCII. The SDKs decode each chunk of a response by itself, and split
 * lines at Unicode's line ends: a multi-byte character, or U+2028, would not survive that.
 */
export function asciiJson(value: unknown): string {
  const json = JSON.stringify(value);
  return NOT_ASCII.test(json) ? json.replace(EACH_NOT_ASCII, escaped) : json;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
