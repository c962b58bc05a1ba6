import { inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import { AccessOptionsError } from '../errors/application-errors.js';
import { AccessPolicy } from './access-policy.js';
import { type AccessRequest, accessRequestOf, type RequestPurpose } from './access-request.js';
import { ACCESS_CODES } from './access.constants.js';
import { incomingMessage } from './testing/incoming-message.js';
import type { MessageParts, RawHeader } from './testing/incoming-message.js';

const HOST: RawHeader = ['Host', 'localhost:1987'];
const GOOD_ORIGIN: RawHeader = ['Origin', 'http://localhost:8000'];
const EVIL_ORIGIN: RawHeader = ['Origin', 'http://evil.test'];
const TOKEN: RawHeader = ['Authorization', 'Bearer T0K'];
const PURPOSES: readonly RequestPurpose[] = [
  'ping',
  'page',
  'preflight',
  'action',
  'upgrade',
  'unrouted',
];

const open = new AccessPolicy({});
const withToken = new AccessPolicy({ token: 'T0K' });
const strict = new AccessPolicy({ token: 'T0K', requireToken: true });

function request(purpose: RequestPurpose, parts: MessageParts = {}): AccessRequest {
  return accessRequestOf(incomingMessage(parts), purpose);
}

function withHeaders(purpose: RequestPurpose, ...headers: RawHeader[]): AccessRequest {
  return request(purpose, { headers: [HOST, ...headers] });
}

/** 200 stands for "allowed". */
function verdict(policy: AccessPolicy, asked: AccessRequest): [number, string?] {
  const decision = policy.decide(asked);
  return decision.allowed ? [200] : [decision.status, decision.code];
}

describe('rule 2: malformed requests', () => {
  it.each(['Host', 'Origin', 'Sec-Fetch-Site', 'Authorization'])(
    'refuses two %s headers',
    (name) => {
      for (const purpose of PURPOSES) {
        const first = name === 'Host' ? [] : [[name, 'same'] as const];
        const asked = withHeaders(purpose, ...first, [name.toUpperCase(), 'same']);
        expect(verdict(open, asked)).toEqual([400, ACCESS_CODES.duplicateHeader]);
      }
    },
  );

  it.each(['http://evil.test/', '*', '', 'localhost:1987', '\\'])('refuses target %j', (target) => {
    for (const purpose of PURPOSES) {
      const asked = request(purpose, { target });
      expect(verdict(open, asked)).toEqual([400, ACCESS_CODES.malformedTarget]);
    }
  });

  it('refuses a missing and an empty Host', () => {
    const missing = request('ping', { headers: [] });
    const empty = request('ping', { headers: [['Host', '']] });
    expect(verdict(open, missing)).toEqual([400, ACCESS_CODES.missingHost]);
    expect(verdict(open, empty)).toEqual([400, ACCESS_CODES.missingHost]);
  });
});

describe('rule 3: Host', () => {
  const named = new AccessPolicy({ allowedHosts: ['Lab.example', '192.168.1.7', 'fe80::1'] });

  it.each(['lab.example', 'LAB.EXAMPLE:80', '192.168.1.7:1987', '[fe80::1]:1987', 'localhost'])(
    'allows the configured or local %s',
    (host) => {
      expect(verdict(named, request('action', { headers: [['Host', host]] }))).toEqual([200]);
    },
  );

  it.each([
    'evil.lab.example',
    'lab.example.evil.test',
    'lab.example:0',
    'lab.example.',
    'fe80::1',
  ])('refuses %s, whatever the purpose and even with the token', (host) => {
    const policy = new AccessPolicy({ token: 'T0K', allowedHosts: ['lab.example', 'fe80::1'] });
    for (const purpose of PURPOSES) {
      const asked = request(purpose, { headers: [['Host', host], TOKEN] });
      expect(verdict(policy, asked)).toEqual([403, ACCESS_CODES.hostNotAllowed]);
    }
  });
});

describe('rule 4: tokens', () => {
  it.each(['Bearer T0K', 'bearer T0K', 'BEARER  T0K', 'token T0K', 'Token T0K'])(
    'accepts Authorization: %s',
    (value) => {
      const decision = strict.decide(withHeaders('action', ['Authorization', value]));
      expect(decision).toEqual({ allowed: true, byToken: true });
    },
  );

  it.each([
    'Bearer nope',
    'Bearer t0k',
    'Bearer T0K x',
    'Bearer',
    '',
    'T0K',
    'Basic T0K',
    'BearerT0K',
  ])('refuses Authorization: %j, whatever the purpose', (value) => {
    for (const purpose of PURPOSES) {
      const asked = withHeaders(purpose, GOOD_ORIGIN, ['Authorization', value]);
      expect(verdict(withToken, asked)).toEqual([401, ACCESS_CODES.wrongToken]);
    }
  });

  it('takes the token that the SDKs of code interpreters send in a header of their own', () => {
    const name = 'E2B-Traffic-Access-Token';
    expect(verdict(strict, withHeaders('action', [name, 'T0K']))).toEqual([200]);
    for (const tokens of [['nope'], [''], ['T0K', 'T0K']]) {
      const headers = tokens.map((token) => [name, token] as const);
      const asked = request('action', { headers: [HOST, ...headers] });
      expect(verdict(strict, asked)).toEqual([401, ACCESS_CODES.wrongToken]);
    }
  });

  it('refuses a token that is offered where none is configured', () => {
    expect(verdict(open, withHeaders('action', TOKEN))).toEqual([401, ACCESS_CODES.wrongToken]);
  });

  it('lets a valid one through regardless of Origin, fetch metadata, proxies and distance', () => {
    const asked = request('action', {
      headers: [HOST, TOKEN, EVIL_ORIGIN, ['Sec-Fetch-Site', 'cross-site'], ['Via', '1.1 proxy']],
      peer: '10.0.0.9',
    });
    expect(verdict(withToken, asked)).toEqual([200]);
  });

  it('does not let a valid one answer a preflight of a foreign page', () => {
    const asked = withHeaders('preflight', TOKEN, EVIL_ORIGIN);
    expect(verdict(withToken, asked)).toEqual([403, ACCESS_CODES.originNotAllowed]);
  });

  const protocol = (value: string): RawHeader => ['Sec-WebSocket-Protocol', value];

  it.each<[string, string, RawHeader[]]>([
    ['a subprotocol', '/websocket/', [protocol('fujian, fujian.token.T0K')]],
    ['a second subprotocol header', '/websocket/', [protocol('x'), protocol('fujian.token.T0K')]],
    ['a query parameter', '/websocket/?a=b&token=T0K', []],
    ['an encoded query parameter', '/websocket/?token=%54%30K', []],
    ['all of them', '/websocket/?token=T0K', [protocol('fujian.token.T0K'), TOKEN]],
  ])('accepts it on an upgrade as %s', (_, target, headers) => {
    const asked = request('upgrade', { method: 'GET', target, headers: [HOST, ...headers] });
    expect(verdict(strict, asked)).toEqual([200]);
  });

  it.each<[string, string, RawHeader[]]>([
    ['subprotocol', '/websocket/?token=T0K', [TOKEN, protocol('fujian.token.nope')]],
    ['second subprotocol', '/', [protocol('fujian.token.T0K, fujian.token.nope')]],
    ['query', '/websocket/?token=nope', [TOKEN, protocol('fujian.token.T0K')]],
    ['second query', '/websocket/?token=T0K&token=', []],
    ['valueless query', '/websocket/?token', [TOKEN]],
    ['undecodable query', '/websocket/?token=%', [TOKEN]],
    ['header', '/websocket/?token=T0K', [['Authorization', 'Bearer nope']]],
  ])('refuses an upgrade when the %s is wrong and the rest right', (_, target, headers) => {
    const asked = request('upgrade', {
      method: 'GET',
      target,
      headers: [HOST, GOOD_ORIGIN, ...headers],
    });
    expect(verdict(withToken, asked)).toEqual([401, ACCESS_CODES.wrongToken]);
  });

  it('checks the handshake tokens of an unrouted upgrade', () => {
    const asked = request('unrouted', {
      target: '/elsewhere?token=nope',
      headers: [HOST, ['Upgrade', 'websocket']],
    });
    expect(verdict(withToken, asked)).toEqual([401, ACCESS_CODES.wrongToken]);
  });

  it('takes no token from the query of an ordinary request', () => {
    const asked = request('action', { target: '/?token=T0K' });
    expect(verdict(strict, asked)).toEqual([401, ACCESS_CODES.tokenRequired]);
    expect(verdict(withToken, request('action', { target: '/?token=nope' }))).toEqual([200]);
  });

  it('keeps no token that could be printed', () => {
    const secret = new AccessPolicy({ token: 'very-secret' });
    expect(inspect(secret, { depth: 9, showHidden: true })).not.toContain('very-secret');
    expect(JSON.stringify(secret)).not.toContain('very-secret');
    const refused = secret.decide(withHeaders('action', ['Authorization', 'Bearer guess']));
    expect(JSON.stringify(refused)).not.toMatch(/very-secret|guess/);
  });
});

describe('rule 5: Origin', () => {
  const opted = new AccessPolicy({ origins: ['app://.', 'https://lab.example:8443'] });

  it.each(['http://localhost', 'https://127.0.0.1:1', 'http://[::1]:65535', 'file://', 'app://.'])(
    'allows %s',
    (origin) => {
      for (const purpose of PURPOSES) {
        expect(verdict(opted, withHeaders(purpose, ['Origin', origin]))).toEqual([200]);
      }
    },
  );

  it.each([
    'null',
    '',
    '*',
    'app://..',
    'app://./',
    'https://lab.example',
    'http://localhost:0',
    'http://localhost:65536',
    'http://localhost:080',
    'http://localhost/',
    'HTTP://localhost',
    'http://127.0.0.2',
    'ws://localhost',
    'file:///',
  ])('refuses %j, whatever the purpose', (origin) => {
    for (const purpose of PURPOSES) {
      const asked = withHeaders(purpose, ['Origin', origin]);
      expect(verdict(opted, asked)).toEqual([403, ACCESS_CODES.originNotAllowed]);
    }
  });
});

describe('rule 6: no Origin', () => {
  it.each(['Sec-Fetch-Site', 'sec-fetch-site', 'Sec-Fetch-Dest', 'Sec-Fetch-User'])(
    'refuses a browser, known by %s',
    (name) => {
      for (const purpose of ['action', 'upgrade'] as const) {
        const asked = withHeaders(purpose, [name, 'none']);
        expect(verdict(open, asked)).toEqual([403, ACCESS_CODES.originMissing]);
      }
    },
  );

  describe('exceptions by fetch metadata', () => {
    const SAME_ORIGIN: RawHeader = ['Sec-Fetch-Site', 'same-origin'];
    const NAVIGATION: readonly RawHeader[] = [
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Mode', 'navigate'],
      ['Sec-Fetch-Dest', 'document'],
    ];

    it.each(['GET', 'HEAD'])('a page of this very origin may %s', (method) => {
      for (const purpose of ['action', 'page'] as const) {
        const asked = request(purpose, { method, headers: [HOST, SAME_ORIGIN] });
        expect(verdict(open, asked)).toEqual([200]);
        expect(verdict(strict, asked)).toEqual([401, ACCESS_CODES.tokenRequired]);
      }
    });

    it('such a page may not do anything else without an Origin', () => {
      for (const [purpose, method] of [
        ['action', 'POST'],
        ['action', 'DELETE'],
        ['upgrade', 'GET'],
      ] as const) {
        const asked = request(purpose, { method, headers: [HOST, SAME_ORIGIN] });
        expect(verdict(open, asked)).toEqual([403, ACCESS_CODES.originMissing]);
      }
    });

    it.each(['same-site', 'cross-site', 'none', 'Same-Origin', ''])(
      'a page of %j may not',
      (site) => {
        const headers: RawHeader[] = [HOST, ['Sec-Fetch-Site', site]];
        const asked = request('action', { method: 'GET', headers });
        expect(verdict(open, asked)).toEqual([403, ACCESS_CODES.originMissing]);
      },
    );

    it('opening a page is allowed, from a link too', () => {
      const asked = (purpose: RequestPurpose) =>
        request(purpose, { method: 'GET', headers: [HOST, ...NAVIGATION] });
      expect(verdict(open, asked('page'))).toEqual([200]);
      expect(verdict(strict, asked('page'))).toEqual([401, ACCESS_CODES.tokenRequired]);
      expect(verdict(open, asked('action'))).toEqual([403, ACCESS_CODES.originMissing]);
    });

    it.each(['iframe', 'empty', 'script', 'Document'])('a page does not open as %s', (dest) => {
      const asked = withHeaders('page', ['Sec-Fetch-Site', 'cross-site'], ['Sec-Fetch-Dest', dest]);
      expect(verdict(open, asked)).toEqual([403, ACCESS_CODES.originMissing]);
    });
  });

  it('allows requests of the fetch of Node', () => {
    for (const purpose of ['action', 'upgrade'] as const) {
      expect(verdict(open, withHeaders(purpose, ['Sec-Fetch-Mode', 'cors']))).toEqual([200]);
    }
  });

  it.each([
    'Forwarded',
    'X-Forwarded-For',
    'x-forwarded-host',
    'X-Real-IP',
    'Via',
    'CF-Connecting-IP',
    'True-Client-IP',
    'X-Client-IP',
    'x-original-host',
    'X-Envoy-External-Address',
  ])('requires a token when %s shows a proxy', (name) => {
    for (const purpose of ['action', 'upgrade'] as const) {
      const asked = withHeaders(purpose, [name, 'x']);
      expect(verdict(open, asked)).toEqual([401, ACCESS_CODES.tokenRequired]);
    }
  });

  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('allows the peer %s', (peer) => {
    expect(verdict(open, request('action', { peer }))).toEqual([200]);
  });

  it.each(['10.0.0.9', '::', 'fe80::1', '::ffff:10.0.0.9', undefined])(
    'requires a token from the peer %s, even with a good Origin',
    (peer) => {
      for (const purpose of ['action', 'upgrade'] as const) {
        for (const headers of [[HOST], [HOST, GOOD_ORIGIN]]) {
          const asked = request(purpose, { peer, headers });
          expect(verdict(open, asked)).toEqual([401, ACCESS_CODES.tokenRequired]);
        }
      }
      expect(verdict(open, request('ping', { peer }))).toEqual([200]);
    },
  );

  it('never looks at User-Agent or Referer', () => {
    const asked = withHeaders(
      'action',
      ['User-Agent', 'Mozilla/5.0'],
      ['Referer', 'http://evil.test'],
    );
    expect(verdict(open, asked)).toEqual([200]);
  });
});

describe('rule 7: pings and preflights', () => {
  it('answers a ping from an address bar', () => {
    expect(verdict(strict, withHeaders('ping', ['Sec-Fetch-Site', 'none']))).toEqual([200]);
  });

  it('refuses a preflight without Origin', () => {
    expect(verdict(open, withHeaders('preflight'))).toEqual([403, ACCESS_CODES.originMissing]);
  });
});

describe('rule 8: requireToken', () => {
  it.each<[RequestPurpose, number]>([
    ['ping', 200],
    ['page', 401],
    ['preflight', 200],
    ['action', 401],
    ['upgrade', 401],
    ['unrouted', 200],
  ])('answers a good %s without token with %i', (purpose, status) => {
    expect(verdict(strict, withHeaders(purpose, GOOD_ORIGIN))[0]).toBe(status);
  });
});

describe('grantedOrigin', () => {
  const custom = new AccessPolicy({ defaultOrigin: 'http://localhost:3000', origins: ['app://.'] });

  it('is the Origin of an allowed page, even when something else is refused', () => {
    const asked = request('action', { headers: [['Host', 'evil.test'], GOOD_ORIGIN] });
    expect(open.grantedOrigin(asked)).toBe('http://localhost:8000');
    expect(custom.grantedOrigin(withHeaders('ping', ['Origin', 'app://.']))).toBe('app://.');
  });

  it('is the default without an Origin', () => {
    expect(open.grantedOrigin(withHeaders('ping'))).toBe('http://localhost:8000');
    expect(custom.grantedOrigin(request('ping', { headers: [] }))).toBe('http://localhost:3000');
  });

  it('is nothing for a foreign page, a token or a repeated Origin notwithstanding', () => {
    expect(open.grantedOrigin(withHeaders('action', EVIL_ORIGIN))).toBeUndefined();
    expect(withToken.grantedOrigin(withHeaders('action', EVIL_ORIGIN, TOKEN))).toBeUndefined();
    expect(open.grantedOrigin(withHeaders('action', GOOD_ORIGIN, EVIL_ORIGIN))).toBeUndefined();
    expect(open.grantedOrigin(withHeaders('action', ['Origin', '']))).toBeUndefined();
  });
});

describe('messages', () => {
  it('cut long quotes', () => {
    const decision = open.decide(withHeaders('action', ['Origin', `http://${'x'.repeat(9000)}`]));
    expect(decision).toMatchObject({ allowed: false });
    expect(JSON.stringify(decision).length).toBeLessThan(500);
  });
});

describe('options', () => {
  it.each([
    [{ token: '' }],
    [{ token: 'two words' }],
    [{ token: 'ümlaut' }],
    [{ requireToken: true }],
    [{ origins: ['*'] }],
    [{ origins: ['null'] }],
    [{ origins: ['http://lab.example/'] }],
    [{ origins: ['http://*.example'] }],
    [{ defaultOrigin: '*' }],
    [{ allowedHosts: ['lab.example:80'] }],
    [{ allowedHosts: ['*'] }],
    [{ allowedHosts: [''] }],
  ])('refuses %j with a sentence', (options) => {
    expect(() => new AccessPolicy(options)).toThrow(AccessOptionsError);
    expect(() => new AccessPolicy(options)).toThrow(/\w.*\.$/);
  });
});

describe('overriding one rule', () => {
  it('leaves the others', () => {
    class AnyHost extends AccessPolicy {
      protected override refuseForeignHost(): undefined {
        return undefined;
      }
    }
    const policy = new AnyHost({});
    const good = request('action', { headers: [['Host', 'lab.example']] });
    const bad = request('action', { headers: [['Host', 'lab.example'], EVIL_ORIGIN] });
    expect(verdict(policy, good)).toEqual([200]);
    expect(verdict(policy, bad)).toEqual([403, ACCESS_CODES.originNotAllowed]);
  });
});
