/** The options would lock everybody out, or protect less than they seem to. */
export class AccessOptionsError extends Error {
  readonly code = 'FUJIAN_ACCESS_OPTIONS';
  override readonly name = 'AccessOptionsError';
}
