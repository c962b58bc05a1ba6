import { describe, expect, it } from 'vitest';

import { accessHeaders, challengeHeaders, preflightHeaders } from './access-headers.js';
import { AccessPolicy } from './access-policy.js';
import { type AccessRequest, accessRequestOf } from './access-request.js';
import { incomingMessage } from './testing/incoming-message.js';
import type { RawHeader } from './testing/incoming-message.js';

const policy = new AccessPolicy({});

function preflight(...headers: RawHeader[]): AccessRequest {
  return accessRequestOf(incomingMessage({ method: 'OPTIONS', headers }), 'preflight');
}

describe('accessHeaders', () => {
  it('grant an allowed origin', () => {
    expect(accessHeaders(policy, preflight(['Origin', 'http://localhost:1']))).toEqual({
      'Access-Control-Allow-Origin': 'http://localhost:1',
      'Access-Control-Expose-Headers': 'retry-after, x-request-id',
      Vary: 'Origin',
    });
  });

  it('name the default without an Origin', () => {
    expect(accessHeaders(policy, preflight())).toEqual({
      'Access-Control-Allow-Origin': 'http://localhost:8000',
      'Access-Control-Expose-Headers': 'retry-after, x-request-id',
      Vary: 'Origin',
    });
  });

  it('grant a foreign origin nothing, but still vary', () => {
    expect(accessHeaders(policy, preflight(['Origin', 'http://evil.test']))).toEqual({
      Vary: 'Origin',
    });
  });
});

describe('preflightHeaders', () => {
  it('list what a page may send', () => {
    expect(preflightHeaders(policy, preflight(['Origin', 'file://']))).toEqual({
      'Access-Control-Allow-Origin': 'file://',
      'Access-Control-Expose-Headers': 'retry-after, x-request-id',
      Vary: 'Origin',
      'Access-Control-Allow-Methods': 'GET, HEAD, POST, DELETE, OPTIONS',
      'Access-Control-Allow-Headers':
        'authorization, content-type, x-request-id, e2b-sandbox-id, e2b-sandbox-port, e2b-traffic-access-token',
      'Access-Control-Max-Age': '600',
    });
  });

  it('open the private network when asked', () => {
    const asked = preflight(['Access-Control-Request-Private-Network', 'true']);
    expect(preflightHeaders(policy, asked)).toMatchObject({
      'Access-Control-Allow-Private-Network': 'true',
    });
  });
});

describe('challengeHeaders', () => {
  it('belong to 401 alone', () => {
    expect(challengeHeaders(401)).toEqual({ 'WWW-Authenticate': 'Bearer' });
    expect(challengeHeaders(403)).toEqual({});
  });
});
