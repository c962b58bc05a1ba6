import type { AccessPolicy } from './access-policy.js';
import type { AccessRequest } from './access-request.js';

export type AnswerHeaders = Readonly<Record<string, string>>;

type GrantingPolicy = Pick<AccessPolicy, 'grantedOrigin'>;

/** Those that begin with `e2b` are those of the SDKs of code interpreters. */
const ALLOWED_HEADERS =
  'authorization, content-type, x-request-id, e2b-sandbox-id, e2b-sandbox-port, e2b-traffic-access-token';
const EXPOSED_HEADERS = 'retry-after, x-request-id';
const PREFLIGHT_MAX_AGE_SECONDS = '600';
const NO_HEADERS: AnswerHeaders = Object.freeze({});
const CHALLENGE: AnswerHeaders = Object.freeze({ 'WWW-Authenticate': 'Bearer' });

/** The CORS headers of every answer, refusals included: whether the page may read it. */
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

/** What an allowed page learns when it asks before it sends. Only for preflights that are allowed. */
export function preflightHeaders(policy: GrantingPolicy, request: AccessRequest): AnswerHeaders {
  return {
    ...accessHeaders(policy, request),
    'Access-Control-Allow-Methods': 'GET, HEAD, POST, DELETE, OPTIONS',
    'Access-Control-Allow-Headers': ALLOWED_HEADERS,
    'Access-Control-Max-Age': PREFLIGHT_MAX_AGE_SECONDS,
    ...(request.privateNetwork ? { 'Access-Control-Allow-Private-Network': 'true' } : NO_HEADERS),
  };
}

/** A 401 has to say how to authenticate (RFC 9110, 15.5.2). */
export function challengeHeaders(status: number): AnswerHeaders {
  return status === 401 ? CHALLENGE : NO_HEADERS;
}
