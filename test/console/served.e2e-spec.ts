import { request as httpRequest, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVICES, VECTORS, type Vector } from '../access/request-vectors.js';
import { RawConnection } from '../support/raw-connection.js';
import { ADAPTERS, TestService } from '../support/service.js';

const NAVIGATION = {
  'Sec-Fetch-Site': 'none',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
};
const PATHS = ['/console', '/console/scripted-frame'];
const EXECUTING = VECTORS.filter(({ method, target }) => method === 'POST' && target === '/');

/** Sends a request with these headers alone. */
async function get(
  service: TestService,
  headers: Record<string, string> = {},
  method = 'GET',
  path = '/console',
): Promise<{ head: IncomingMessage; body: Buffer }> {
  const head = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest(service.url + path, { method, headers, agent: false });
    request.on('response', resolve).on('error', reject).end();
  });
  return { head, body: await buffer(head) };
}

describe.each(ADAPTERS)('GET /console, on %s', (httpAdapter) => {
  let service: TestService;

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter });
  });
  afterAll(() => service?.close());

  it('is one HTML file with a strict policy', async () => {
    const { head, body } = await get(service, NAVIGATION);
    const nonce = /script-src 'nonce-([^']+)'/.exec(
      String(head.headers['content-security-policy']),
    )?.[1];

    expect(head.statusCode).toBe(200);
    expect(head.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(body.length),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
      server: expect.stringMatching(/^Fujian\//) as string,
      vary: 'Origin',
    });
    expect(String(head.headers['content-security-policy']).split('; ')).toEqual([
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src-elem 'nonce-${nonce}'`,
      "style-src-attr 'unsafe-inline'",
      'img-src data: blob:',
      'font-src data:',
      'media-src data:',
      "connect-src 'self'",
      "frame-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(body.toString()).toContain(`<script type="module" nonce="${nonce}">`);
    expect(body.toString()).not.toMatch(/FUJIAN_NONCE|<(link|script)[^>]* (href|src)=(?!"data:)/);
  });

  it('has a frame for scripts, which have no origin there, load nothing and go nowhere', async () => {
    const { head, body } = await get(service, NAVIGATION, 'GET', '/console/scripted-frame');
    expect(head.statusCode).toBe(200);
    expect(body.toString()).toMatch(/^<!doctype html>/);
    expect(String(head.headers['content-security-policy']).split('; ')).toEqual([
      'sandbox allow-scripts',
      "default-src 'none'",
      "script-src 'unsafe-inline' 'unsafe-eval' blob: data:",
      "style-src 'unsafe-inline'",
      'img-src data: blob:',
      'font-src data:',
      'media-src data: blob:',
      'worker-src data: blob:',
      "connect-src 'none'",
      "frame-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'self'",
    ]);
  });

  it('has a new nonce for every request', async () => {
    const [one, other] = await Promise.all([get(service), get(service)]);
    expect(one.head.headers['content-security-policy']).not.toBe(
      other.head.headers['content-security-policy'],
    );
  });

  it('is compressed for clients that accept it, and small', async () => {
    const { head, body } = await get(service, { 'Accept-Encoding': 'gzip, br' });
    expect(head.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(body).toString()).toMatch(/^<!doctype html>.*<\/html>\n$/s);
    expect(body.length).toBeLessThan(250 * 1024);
  });

  it('can be asked for by HEAD', async () => {
    const { head, body } = await get(service, NAVIGATION, 'HEAD');
    expect([head.statusCode, body.length]).toEqual([200, 0]);
    expect(head.headers['content-type']).toBe('text/html; charset=utf-8');
  });

  it.each([
    ['in a frame', 'iframe'],
    ['as a script', 'script'],
    ['by fetch', 'empty'],
  ])('is not for a page from elsewhere that loads it %s', async (_, destination) => {
    for (const path of PATHS) {
      const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Dest': destination };
      const { head, body } = await get(service, headers, 'GET', path);
      expect(head.statusCode).toBe(403);
      expect(JSON.parse(body.toString())).toMatchObject({ code: 'FUJIAN_ORIGIN_MISSING' });
    }
  });
});

describe.each(SERVICES)(
  'the pages of the console, a token $mode, on $httpAdapter',
  ({ httpAdapter, requireToken, expectation }) => {
    let service: TestService;

    beforeAll(async () => {
      service = await TestService.start({ httpAdapter, token: 'T0K', requireToken });
    });
    afterAll(() => service?.close());

    describe.each(PATHS)('GET %s', (path) => {
      it.each(EXECUTING)('is as open as POST / to vector $id: $note', async (vector: Vector) => {
        const connection = await RawConnection.open(service.port);
        connection.request({ method: 'GET', target: path, headers: vector.headers });
        const { status, headers, text } = await connection.answer('GET');
        connection.close();

        expect(status).toBe(vector[expectation]);
        expect(headers.get('vary')).toBe('Origin');
        if (status === 200 || status === 401) expect(text).toMatch(/^<!doctype html>/);
        else expect(text).toMatch(/^\{"statusCode":40[03],"code":"FUJIAN_/);
      });

      it('asks for the token where it is required, with the page itself', async () => {
        const { head, body } = await get(service, NAVIGATION, 'GET', path);
        expect(head.statusCode).toBe(requireToken ? 401 : 200);
        expect(head.headers['www-authenticate']).toBe(requireToken ? 'Bearer' : undefined);
        expect(head.headers['content-security-policy']).toContain("default-src 'none'");
        expect(body.toString()).toMatch(/^<!doctype html>/);
        expect(body.toString()).not.toContain('T0K');
      });
    });
  },
);
