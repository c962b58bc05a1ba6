import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { isLocalPeer } from './access-request.js';

describe('isLocalPeer', () => {
  let server: Server;
  let folder: string;

  beforeEach(async () => {
    server = createServer();
    folder = await mkdtemp(join(tmpdir(), 'fujian-peer-'));
  });

  afterEach(async () => {
    await new Promise((closed) => server.close(closed));
    await rm(folder, { recursive: true });
  });

  async function accept(client: Socket): Promise<Socket> {
    const [accepted] = (await once(server, 'connection')) as [Socket];
    accepted.on('error', () => accepted.destroy());
    client.on('error', () => client.destroy());
    return accepted;
  }

  function port(): number {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening on TCP');
    return address.port;
  }

  it.each(['127.0.0.1', '::'])('trusts loopback when listening on %s', async (host) => {
    await once(server.listen(0, host), 'listening');
    const client = connect(port(), '127.0.0.1');
    expect(isLocalPeer(await accept(client))).toBe(true);
    client.destroy();
  });

  it.skipIf(process.platform === 'win32')('trusts a Unix socket', async () => {
    await once(server.listen(join(folder, 'socket')), 'listening');
    const client = connect(join(folder, 'socket'));
    expect(isLocalPeer(await accept(client))).toBe(true);
    client.destroy();
  });

  it('does not take a TCP peer that has gone for a Unix socket', async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const client = connect(port(), '127.0.0.1');
    const accepted = await accept(client);
    const closed = new Promise((resolve) => accepted.once('close', resolve));
    client.resetAndDestroy();
    accepted.resume();
    await closed;
    expect(accepted.remoteAddress).toBeUndefined();
    expect(isLocalPeer(accepted)).toBe(false);
  });
});
