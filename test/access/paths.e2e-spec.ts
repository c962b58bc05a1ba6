import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HANDSHAKE, RawConnection } from '../support/raw-connection.js';
import { ADAPTERS, type Answer, TestService } from '../support/service.js';

const LONG = 'a'.repeat(101);

describe.each(ADAPTERS)('paths, on %s', (httpAdapter) => {
  let service: TestService;

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter });
  });
  afterAll(() => service.close());

  async function answerTo(
    method: string,
    target: string,
    more: readonly (readonly [string, string])[] = [],
  ): Promise<Answer> {
    const connection = await RawConnection.open(service.port);
    try {
      connection.request({ method, target, headers: [['Host', 'localhost'], ...more], body: '{}' });
      return await connection.answer();
    } finally {
      connection.close();
    }
  }

  it.each([
    ['GET', '//'],
    ['POST', '//'],
    ['OPTIONS', '//'],
    ['GET', '/contexts/'],
    ['POST', '/contexts/'],
    ['GET', '//contexts'],
    ['GET', '/CONTEXTS'],
    ['GET', '/%63ontexts'],
    ['GET', '/contexts#main'],
    ['GET', '/Contexts/main'],
    ['GET', '/contexts/main/'],
    ['GET', '/contexts/main#here'],
    ['DELETE', '/contexts/main/'],
    ['POST', '/contexts/main/EXEC'],
    ['POST', '/contexts/main/exec/'],
    ['POST', '/contexts/main/%65xec'],
    ['OPTIONS', '/contexts/main/Exec'],
    ['POST', '/execute/'],
    ['POST', '/Execute'],
    ['GET', '/health/'],
    ['GET', '/Health'],
    ['GET', '/health/live/'],
    ['GET', '/health/%6cive'],
    ['GET', '/metrics/'],
    ['GET', '/Metrics'],
    ['GET', '/docs/'],
    ['GET', '/Docs'],
    ['GET', '/openapi.json/'],
    ['GET', '/openapi%2ejson'],
    ['GET', '/asyncapi.JSON'],
    ['GET', '/console/'],
    ['GET', '/Console'],
    ['GET', '/console/scripted-frame/'],
    ['POST', '/files/'],
    ['POST', '/process.process/Start'],
  ])('%s %s is another path than the one that is served', async (method, target) => {
    const { status, json } = await answerTo(method, target, [['Origin', 'http://localhost:1']]);
    expect({ status, code: json.code }).toEqual({ status: 404, code: 'FUJIAN_NOT_FOUND' });
  });

  it.each(['/?x', '/contexts?x=/', '/contexts/main?', '/contexts/m%61in', '/openapi.json?%zz'])(
    'GET %s is served: the query and the encoding of an id are free',
    async (target) => {
      expect((await answerTo('GET', target)).status).toBe(200);
    },
  );

  it.each(['/websocket', '/websocket/', '/contexts/main/websocket', '/contexts/main/websocket/'])(
    'a WebSocket opens at %s',
    async (target) => {
      expect((await answerTo('GET', target, HANDSHAKE)).status).toBe(101);
    },
  );

  it.each(['//websocket', '/websocket//', '/WebSocket/', '/%77ebsocket', '/contexts//websocket'])(
    'no WebSocket opens at %s',
    async (target) => {
      expect((await answerTo('GET', target, HANDSHAKE)).status).toBe(404);
    },
  );

  describe.each([
    ['GET', `/${LONG}`, 404],
    ['GET', `/contexts/${LONG}`, 404],
    ['PUT', `/contexts/${LONG}`, 405],
    ['POST', `/contexts/${LONG}/exec`, 404],
    ['POST', `/contexts/${LONG}/nothing`, 404],
    ['POST', `/contexts/${'a'.repeat(15_000)}/exec`, 404],
    ['POST', `/process.Process/${LONG}`, 501],
  ])('%s of a long path', (method, target, expected) => {
    it('is refused by the access policy first', async () => {
      const { status, json } = await answerTo(method, target, [['Origin', 'http://evil.test']]);
      expect({ status, code: json.code }).toEqual({
        status: 403,
        code: 'FUJIAN_ORIGIN_NOT_ALLOWED',
      });
    });

    it('is then answered like a short one', async () => {
      const { status, headers } = await answerTo(method, target);
      expect(status).toBe(expected);
      expect(headers.get('server')).toMatch(/^Fujian\//);
    });
  });
});
