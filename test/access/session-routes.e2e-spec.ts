import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { HANDSHAKE, RawConnection } from '../support/raw-connection.js';
import { type Answer, TestService } from '../support/service.js';
import { SERVICES, type Vector, VECTORS } from './request-vectors.js';

interface Route {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  /** Status for an allowed client. No request changes the set of sessions. */
  readonly status: number;
}

const EXECUTING = VECTORS.filter(({ method, target }) => method === 'POST' && target === '/');
const PREFLIGHTS = VECTORS.filter(({ method }) => method === 'OPTIONS');
const UPGRADES = VECTORS.filter(
  ({ transport, method, target }) =>
    transport === 'ws' && method === 'GET' && /^\/websocket\/?(?:\?|$)/.test(target),
);
/** Number of vectors per verdict that the everyday tests try. */
const OF_EACH_VERDICT = 3;

const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/health', status: 200 },
  { method: 'GET', path: '/health/live', status: 200 },
  { method: 'GET', path: '/health/ready', status: 200 },
  { method: 'GET', path: '/metrics', status: 200 },
  { method: 'GET', path: '/openapi.json', status: 200 },
  { method: 'GET', path: '/asyncapi.json', status: 200 },
  { method: 'POST', path: '/execute', body: '{"code": ""}', status: 200 },
  { method: 'POST', path: '/files', status: 501 },
  { method: 'POST', path: '/process.Process/Start', status: 501 },
  { method: 'GET', path: '/contexts', status: 200 },
  { method: 'POST', path: '/contexts', body: '{"id": "main"}', status: 409 },
  { method: 'GET', path: '/contexts/main', status: 200 },
  { method: 'GET', path: '/contexts/nobody', status: 404 },
  { method: 'DELETE', path: '/contexts/main', status: 409 },
  { method: 'POST', path: '/contexts/main/exec', body: 'pass', status: 200 },
  { method: 'POST', path: '/contexts/main/exec?isolated', body: 'pass', status: 200 },
  { method: 'POST', path: '/contexts/main/interrupt', status: 200 },
  { method: 'POST', path: '/contexts/nobody/restart', status: 404 },
  {
    method: 'POST',
    path: '/contexts/main/complete',
    body: '{"code": "", "cursor": 0}',
    status: 200,
  },
  { method: 'POST', path: '/contexts/main/fork', body: '{"id": "main"}', status: 409 },
];

describe.each(SERVICES)(
  'the routes of sessions, a token $mode, on $httpAdapter',
  ({ httpAdapter, requireToken, expectation }) => {
    let service: TestService;

    beforeAll(async () => {
      service = await TestService.start({ httpAdapter, token: 'T0K', requireToken });
    });
    afterAll(() => service.close());

    it.each(ROUTES)('$method $path is as open as POST /', async (route) => {
      const { method, path, body = '', status } = route;
      await eachOf(EXECUTING, async ({ headers }, verdict) => {
        const answer = await answerTo(method, path, headers, body);
        if (verdict === 200) expect(answer.status).toBe(status);
        else expectRefusal(answer, verdict);
      });
    });

    it('refuse before the body is sent', async () => {
      const refused = EXECUTING.filter((vector) => vector[expectation] >= 400);
      await eachOf(refused, async (vector, verdict) => {
        const headers = [...vector.headers, ['Content-Length', '1000000']] as const;
        expectRefusal(await answerTo('POST', '/contexts', headers), verdict);
      });
    });

    it.each(['/health', '/execute', '/contexts', '/contexts/main', '/contexts/nobody/exec'])(
      'answer preflights of %s as those of /',
      async (path) => {
        await eachOf(PREFLIGHTS, async ({ headers }, verdict) => {
          expect((await answerTo('OPTIONS', path, headers, '')).status).toBe(verdict);
        });
      },
    );

    it('upgrade as /websocket/ does', async () => {
      await eachOf(UPGRADES, async (vector, verdict) => {
        const headers = [...vector.headers, ...HANDSHAKE];
        const open = await answerTo('GET', `/contexts/main${vector.target}`, headers);
        if (verdict === 101) expect(open.status).toBe(101);
        else expectRefusal(open, verdict);
        // A refused client does not learn which sessions exist.
        const missing = await answerTo('GET', `/contexts/nobody${vector.target}`, headers);
        expect(missing.status).toBe(verdict === 101 ? 404 : verdict);
      });
    });

    /** Checks each vector of this scope; a failure names the vector. */
    async function eachOf(
      vectors: readonly Vector[],
      look: (vector: Vector, verdict: number) => Promise<void>,
    ): Promise<void> {
      const chosen = inject('scope') === 'all' ? vectors : representatives(vectors, expectation);
      const failures: string[] = [];
      for (const vector of chosen) {
        await look(vector, vector[expectation]).catch((error: unknown) => {
          failures.push(`vector ${vector.id}, ${vector.note}: ${String(error)}`);
        });
      }
      expect(failures).toEqual([]);
    }

    async function answerTo(
      method: string,
      target: string,
      headers: Vector['headers'],
      body?: string,
    ): Promise<Answer> {
      const connection = await RawConnection.open(service.port);
      try {
        connection.request({ method, target, headers, ...(body !== undefined && { body }) });
        return await connection.answer(method);
      } finally {
        connection.close();
      }
    }
  },
);

/** Returns a few vectors of each verdict: the first, the last, and evenly spaced ones between. */
function representatives(
  vectors: readonly Vector[],
  expectation: 'expect_compat' | 'expect_token',
): Vector[] {
  const verdicts = [...new Set(vectors.map((vector) => vector[expectation]))];
  return verdicts.flatMap((verdict) => {
    const alike = vectors.filter((vector) => vector[expectation] === verdict);
    if (alike.length <= OF_EACH_VERDICT) return alike;
    const step = (alike.length - 1) / (OF_EACH_VERDICT - 1);
    return Array.from({ length: OF_EACH_VERDICT }, (_, n) => alike[Math.round(n * step)]!);
  });
}

function expectRefusal({ status, headers, json }: Answer, verdict: number): void {
  expect(status).toBe(verdict);
  expect(headers.get('vary')).toBe('Origin');
  expect(json).toEqual({
    statusCode: verdict,
    code: expect.stringMatching(/^FUJIAN_[A-Z_]+$/) as string,
    message: expect.stringMatching(/^[A-Z].*\.$/) as string,
  });
  expect(JSON.stringify(json)).not.toContain('T0K');
}
