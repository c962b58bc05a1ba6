import type { AccessPolicy } from './access-policy.js';
import type { AccessRequest } from './access-request.js';

export type AnswerHeaders = Readonly<Record<string, string>>;

type GrantingPolicy = Pick<AccessPolicy, 'grantedOrigin'>;

/** The headers that begin with `e2b` belong to the SDKs of code interpreters. */
const ALLOWED_HEADERS =
  'authorization, content-type, x-request-id, e2b-sandbox-id, e2b-sandbox-port, e2b-traffic-access-token';
const EXPOSED_HEADERS = 'retry-after, x-request-id';
const PREFLIGHT_MAX_AGE_SECONDS = '600';
const NO_HEADERS: AnswerHeaders = Object.freeze({});
const CHALLENGE: AnswerHeaders = Object.freeze({ 'WWW-Authenticate': 'Bearer' });

/** Returns the CORS headers of every response, refusals included: whether the page may read it. */
export function accessHeaders(policy: GrantingPolicy, request: AccessRequest): AnswerHeaders {
  const origin = policy.grantedOrigin(request);
  return origin === undefined
    ? { Vary: 'Origin' }
    : {
        'Access-Control-Allow-Origin': origin,
        'Access-Control-Expose-Headers': EXPOSED_HEADERS,
        Vary: 'Origin',
      };
}

/** Returns the headers that answer an allowed preflight. */
export function preflightHeaders(policy: GrantingPolicy, request: AccessRequest): AnswerHeaders {
  return {
    ...accessHeaders(policy, request),
    'Access-Control-Allow-Methods': 'GET, HEAD, POST, DELETE, OPTIONS',
    'Access-Control-Allow-Headers': ALLOWED_HEADERS,
    'Access-Control-Max-Age': PREFLIGHT_MAX_AGE_SECONDS,
    ...(request.privateNetwork ? { 'Access-Control-Allow-Private-Network': 'true' } : NO_HEADERS),
  };
}

/**
 * Returns the challenge that a 401 must have (RFC 9110, 15.5.2), and no headers for other statuses.
 */
export function challengeHeaders(status: number): AnswerHeaders {
  return status === 401 ? CHALLENGE : NO_HEADERS;
}
