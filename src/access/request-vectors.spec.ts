import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { AccessPolicy } from './access-policy.js';
import { accessRequestOf, type RequestPurpose } from './access-request.js';
import { incomingMessage } from './testing/incoming-message.js';

const Vector = z.object({
  id: z.number(),
  transport: z.enum(['http', 'ws']),
  method: z.string(),
  target: z.string(),
  headers: z.array(z.tuple([z.string(), z.string()])),
  expect_compat: z.number(),
  expect_token: z.number(),
  note: z.string(),
});
type Vector = z.infer<typeof Vector>;

const source = new URL('../../test/access/request-vectors.json', import.meta.url);
const vectors = z.array(Vector).parse(JSON.parse(readFileSync(source, 'utf8')));

const compat = new AccessPolicy({ token: 'T0K' });
const token = new AccessPolicy({ token: 'T0K', requireToken: true });

/** Returns the purpose that the protocols' routing gives to a vector. */
function purposeOf({ transport, method, target }: Vector): RequestPurpose {
  const path = target.split('?', 1)[0];
  if (transport === 'ws') {
    const served = method === 'GET' && (path === '/websocket/' || path === '/websocket');
    return served ? 'upgrade' : 'unrouted';
  }
  if (path !== '/') return 'unrouted';
  if (method === 'OPTIONS') return 'preflight';
  return method === 'POST' ? 'action' : 'ping';
}

function statusOf(policy: AccessPolicy, vector: Vector): number | 'allowed' {
  const upgrade = [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
  ] as const;
  const headers = [...vector.headers, ...(vector.transport === 'ws' ? upgrade : [])];
  const message = incomingMessage({ method: vector.method, target: vector.target, headers });
  const decision = policy.decide(accessRequestOf(message, purposeOf(vector)));
  return decision.allowed ? 'allowed' : decision.status;
}

/** The router answers 404 and 405, to requests that the policy allows. */
function expectation(status: number): number | 'allowed' {
  return [101, 200, 204, 404, 405].includes(status) ? 'allowed' : status;
}

describe('request vectors', () => {
  it('are all there', () => expect(vectors.length).toBeGreaterThanOrEqual(60));

  it.each(vectors)('$id with a token configured: $note', (vector) => {
    expect(statusOf(compat, vector)).toBe(expectation(vector.expect_compat));
  });

  it.each(vectors)('$id with the token required: $note', (vector) => {
    expect(statusOf(token, vector)).toBe(expectation(vector.expect_token));
  });
});
