const NOT_ASCII = /[^\0-\x7f]/;
const EACH_NOT_ASCII = /[^\0-\x7f]/g;

/**
 * JSON in ASCII. The SDKs decode each piece of an answer by itself, and end lines where Unicode has such ends:
 * a character of several bytes, or U+2028, would not survive that.
 */
export function asciiJson(value: unknown): string {
  const json = JSON.stringify(value);
  return NOT_ASCII.test(json) ? json.replace(EACH_NOT_ASCII, escaped) : json;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
