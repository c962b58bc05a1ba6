import { describe, expect, it } from 'vitest';

import { accessRequestOf } from './access-request.js';
import { incomingMessage } from './testing/incoming-message.js';

describe('accessRequestOf', () => {
  it('reads a message once for each purpose', () => {
    const message = incomingMessage();
    const first = accessRequestOf(message, 'ping');
    expect(accessRequestOf(message, 'ping')).toBe(first);
    expect(accessRequestOf(message)).toBe(first);
    expect(accessRequestOf(message, 'action')).toMatchObject({
      purpose: 'action',
      host: first.host,
    });
  });

  it('assumes the strictest purpose by default', () => {
    expect(accessRequestOf(incomingMessage()).purpose).toBe('action');
  });

  it('joins several Origins into one that equals none', () => {
    const headers = [
      ['Origin', 'file://'],
      ['ORIGIN', 'file://'],
    ] as const;
    expect(accessRequestOf(incomingMessage({ headers }), 'action')).toMatchObject({
      origin: 'file://, file://',
      duplicate: 'Origin',
    });
  });

  it('finds headers whatever their case', () => {
    const headers = [
      ['hOST', 'localhost'],
      ['ACCESS-CONTROL-REQUEST-PRIVATE-NETWORK', 'true'],
      ['x-FORWARDED-proto', 'https'],
      ['SEC-FETCH-DEST', 'empty'],
    ] as const;
    expect(accessRequestOf(incomingMessage({ headers }), 'preflight')).toMatchObject({
      host: 'localhost',
      privateNetwork: true,
      forwarded: true,
      fetchMetadata: true,
      duplicate: undefined,
    });
  });

  it('sees a handshake only in upgrades, served or unrouted', () => {
    const upgrade = incomingMessage({ headers: [['Upgrade', 'websocket']] });
    expect(accessRequestOf(upgrade, 'upgrade').handshake).toBe(true);
    expect(accessRequestOf(upgrade, 'unrouted').handshake).toBe(true);
    expect(accessRequestOf(upgrade, 'action').handshake).toBe(false);
    expect(accessRequestOf(incomingMessage(), 'unrouted').handshake).toBe(false);
  });
});
