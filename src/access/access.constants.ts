/** Injection token of the `AccessOptions`, for policies that have a constructor of their own. */
export const ACCESS_OPTIONS = Symbol('ACCESS_OPTIONS');

/** Error codes for clients and operators to match on; stable across releases. */
export const ACCESS_CODES = {
  duplicateHeader: 'FUJIAN_DUPLICATE_HEADER',
  malformedTarget: 'FUJIAN_MALFORMED_TARGET',
  missingHost: 'FUJIAN_MISSING_HOST',
  hostNotAllowed: 'FUJIAN_HOST_NOT_ALLOWED',
  wrongToken: 'FUJIAN_WRONG_TOKEN',
  originNotAllowed: 'FUJIAN_ORIGIN_NOT_ALLOWED',
  originMissing: 'FUJIAN_ORIGIN_MISSING',
  tokenRequired: 'FUJIAN_TOKEN_REQUIRED',
} as const;

export type AccessCode = (typeof ACCESS_CODES)[keyof typeof ACCESS_CODES];

/** The subprotocol that Fujian's WebSocket speaks. */
export const FUJIAN_SUBPROTOCOL = 'fujian';

/** A browser cannot set headers on a WebSocket, so its token may come as a subprotocol. */
export const TOKEN_SUBPROTOCOL_PREFIX = 'fujian.token.';
