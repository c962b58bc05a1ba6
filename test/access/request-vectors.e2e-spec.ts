import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, HANDSHAKE, post, RawConnection, textFrame } from '../support/raw-connection.js';
import { type Answer, TestService } from '../support/service.js';
import { SERVICES, type Vector, VECTORS } from './request-vectors.js';

const WITH_TOKEN = [['Authorization', 'Bearer T0K']] as const;

describe.each(SERVICES)(
  'request vectors, a token $mode, on $httpAdapter',
  ({ httpAdapter, requireToken, expectation }) => {
    let service: TestService;

    beforeAll(async () => {
      service = await TestService.start({ httpAdapter, token: 'T0K', requireToken });
    });
    afterAll(() => service.close());

    it.each(VECTORS)(`$id gets $${expectation}: $note`, async (vector) => {
      const expected = vector[expectation];
      const { answer, reply } = await answerTo(vector);

      expect(answer.status).toBe(expected);
      expect(answer.headers.get('server')).toMatch(/^Fujian\/\d+\.\d+\.\d+$/);
      if (expected !== 101) {
        expect(answer.headers.get('vary')).toBe('Origin');
        expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin');
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      }
      if (expected >= 400 && vector.method !== 'HEAD') expectRefusal(answer);
      expect(answer.headers.get('access-control-allow-origin')).toBe(grantedOrigin(vector, answer));
      if (reply !== undefined) expect(reply.return).toBe('it ran');
      expect(await hasRun(vector)).toBe(runsCode(vector) && expected < 400);
    });

    it.each(VECTORS.filter((vector) => vector.method === 'POST' && vector[expectation] >= 400))(
      '$id is refused before its body is sent: $note',
      async (vector) => {
        const connection = await RawConnection.open(service.port);
        const upgrade = vector.transport === 'ws' ? HANDSHAKE : [];
        const headers = [...vector.headers, ...upgrade, ['Content-Length', '1000000']] as const;
        connection.request({ ...vector, headers });

        expect((await connection.answer()).status).toBe(vector[expectation]);
        connection.close();
      },
    );

    /** Sends a vector and returns the answer. A message follows an upgrade in the same packet. */
    async function answerTo(vector: Vector): Promise<{ answer: Answer; reply?: Answer['json'] }> {
      const { transport, method, target } = vector;
      const connection = await RawConnection.open(service.port);
      try {
        if (transport === 'http') {
          const body = method === 'POST' ? { body: codeOf(vector) } : {};
          connection.request({ ...vector, ...body });
          return { answer: await connection.answer(method) };
        }
        const headers = [...vector.headers, ...HANDSHAKE];
        connection.send(
          Buffer.concat([bytesOf({ method, target, headers }), textFrame(codeOf(vector))]),
        );
        const answer = await connection.answer();
        if (answer.status !== 101) return { answer };
        return { answer, reply: JSON.parse(await connection.message()) as Answer['json'] };
      } finally {
        connection.close();
      }
    }

    async function hasRun({ id }: Vector): Promise<boolean> {
      const connection = await RawConnection.open(service.port);
      connection.request(post(`fujian_return = "vector_${id}" in globals()`, WITH_TOKEN));
      const { json } = await connection.answer();
      connection.close();
      return json.return === 'True';
    }
  },
);

function codeOf({ id }: Vector): string {
  return `vector_${id} = True; fujian_return = "it ran"`;
}

function runsCode({ transport, method }: Vector): boolean {
  return transport === 'ws' || method === 'POST';
}

function expectRefusal({ status, headers, json }: Answer): void {
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(json).toEqual({
    statusCode: status,
    code: expect.stringMatching(/^FUJIAN_[A-Z_]+$/) as string,
    message: expect.stringMatching(/^[A-Z].*\.$/) as string,
  });
  expect(JSON.stringify(json)).not.toContain('T0K');
  expect(headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
  expect(headers.get('allow') !== null).toBe(status === 405);
}

/** Returns the granted origin: none for a refused request, the default without an Origin. */
function grantedOrigin({ headers }: Vector, { status }: Answer): string | null {
  if (status === 101) return null;
  const origin = headers.find(([name]) => name === 'Origin')?.[1];
  if (origin === undefined) return 'http://localhost:8000';
  return status === 403 ? null : origin;
}
