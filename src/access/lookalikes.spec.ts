import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { times } from '../../test/support/property.js';
import { AccessPolicy } from './access-policy.js';
import { accessRequestOf } from './access-request.js';
import { incomingMessage } from './testing/incoming-message.js';

const CONFIGURED_ORIGIN = 'https://lab.example:8443';
const CONFIGURED_HOST = 'lab.example';
const policy = new AccessPolicy({ origins: [CONFIGURED_ORIGIN], allowedHosts: [CONFIGURED_HOST] });

/* A second, plain implementation of the grammar, as the oracle. */

function isPort(text: string): boolean {
  const port = Number(text);
  return Number.isInteger(port) && port >= 1 && port <= 65_535 && String(port) === text;
}

function isNameWithPort(text: string, name: string): boolean {
  return text === name || (text.startsWith(`${name}:`) && isPort(text.slice(name.length + 1)));
}

const ORIGIN_NAMES = ['http://', 'https://'].flatMap((scheme) =>
  ['localhost', '127.0.0.1', '[::1]'].map((name) => scheme + name),
);

function mayPassAsOrigin(text: string): boolean {
  if (text === 'file://' || text === CONFIGURED_ORIGIN) return true;
  return ORIGIN_NAMES.some((name) => isNameWithPort(text, name));
}

function isDottedLoopback(name: string): boolean {
  const octets = name.split('.');
  return (
    octets.length === 4 &&
    octets[0] === '127' &&
    octets.every((octet) => String(Number(octet)) === octet && /^\d+$/.test(octet) && +octet < 256)
  );
}

function mayPassAsHost(text: string): boolean {
  const lower = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const dotted = lower.split(':', 1)[0] ?? '';
  const names = ['localhost', '[::1]', CONFIGURED_HOST];
  if (isDottedLoopback(dotted)) names.push(dotted);
  return names.some((name) => isNameWithPort(lower, name));
}

const FRAGMENTS = [
  '.', ':', '@', '/', '\\', '#', '?', '%', '0', '1', '127', '.evil.test', 'evil.test', ':80', ':0',
  ' ', '\t', '\n', '\r\n', '\0', '\u0131', '\u212a', '\uff0e', '\u017f', '%2e', '%61', '[', ']', '::', ',', 'x', '-',
  'null', '*', 'http://', 'localhost', 'file://',
]; // prettier-ignore

const edit = fc.record({
  at: fc.nat({ max: 40 }),
  remove: fc.nat({ max: 3 }),
  insert: fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ maxLength: 3 }), fc.constant('')),
});

function lookalikesOf(...genuine: string[]): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.constantFrom(...genuine),
      fc.array(edit, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
    )
    .map(([text, edits, upper]) => {
      const edited = edits.reduce(
        (result, { at, remove, insert }) =>
          result.slice(0, at) + insert + result.slice(at + remove),
        text,
      );
      return upper ? edited.toUpperCase() : edited;
    });
}

const RUNS = { numRuns: times(2_000, 20_000) };

describe('lookalikes', () => {
  it('of an allowed origin never pass', () => {
    const origins = lookalikesOf(
      ...ORIGIN_NAMES,
      'http://localhost:8000',
      CONFIGURED_ORIGIN,
      'file://',
    );
    fc.assert(
      fc.property(origins, (origin) => {
        const headers = [
          ['Host', 'localhost'],
          ['Origin', origin],
        ] as const;
        const request = accessRequestOf(incomingMessage({ headers }), 'action');
        const expected = mayPassAsOrigin(origin);
        expect(policy.decide(request).allowed).toBe(expected);
        expect(policy.grantedOrigin(request)).toBe(expected ? origin : undefined);
      }),
      RUNS,
    );
  });

  it('of an allowed host never pass', () => {
    const hosts = lookalikesOf(
      'localhost:1987',
      '127.0.0.1:1987',
      '127.8.9.255',
      '[::1]:1987',
      CONFIGURED_HOST,
    );
    fc.assert(
      fc.property(hosts, (host) => {
        const request = accessRequestOf(incomingMessage({ headers: [['Host', host]] }), 'action');
        expect(policy.decide(request).allowed).toBe(mayPassAsHost(host));
      }),
      RUNS,
    );
  });

  it('of the token never pass', () => {
    const guarded = new AccessPolicy({ token: 'T0K-secret', requireToken: true });
    fc.assert(
      fc.property(lookalikesOf('T0K-secret'), (guess) => {
        const headers = [
          ['Host', 'localhost'],
          ['Authorization', `Bearer ${guess}`],
        ] as const;
        const request = accessRequestOf(incomingMessage({ headers }), 'action');
        expect(guarded.decide(request).allowed).toBe(guess.trim() === 'T0K-secret');
      }),
    );
  });

  it('and nothing else ever makes the policy throw', () => {
    const header = fc.tuple(
      fc.oneof(
        fc.constantFrom('Host', 'Origin', 'Authorization', 'Sec-WebSocket-Protocol'),
        fc.string(),
      ),
      fc.string(),
    );
    const purpose = fc.constantFrom('ping', 'preflight', 'action', 'upgrade', 'unrouted');
    fc.assert(
      fc.property(fc.array(header), fc.string(), purpose, (headers, target, asked) => {
        const request = accessRequestOf(incomingMessage({ headers, target }), asked);
        expect(typeof policy.decide(request).allowed).toBe('boolean');
        expect(['string', 'undefined']).toContain(typeof policy.grantedOrigin(request));
      }),
    );
  });
});
