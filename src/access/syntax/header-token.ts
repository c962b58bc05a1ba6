const HEADER_TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * Returns whether a text is an RFC 7230 `token`, which Authorization headers and subprotocols can
 * carry unchanged.
 */
export function isHeaderToken(text: string): boolean {
  return HEADER_TOKEN.test(text);
}
