const HEADER_TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** RFC 7230 `token`: what both an Authorization header and a subprotocol can carry unchanged. */
export function isHeaderToken(text: string): boolean {
  return HEADER_TOKEN.test(text);
}
