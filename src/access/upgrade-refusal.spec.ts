import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';

import { describe, expect, it } from 'vitest';

import { refuseUpgrade } from './upgrade-refusal.js';

describe('refuseUpgrade', () => {
  it('answers with real HTTP that a client can read', async () => {
    const server = createServer();
    server.on('upgrade', (_, socket) => {
      refuseUpgrade(socket, {
        status: 401,
        code: 'FUJIAN_TOKEN_REQUIRED',
        message: 'Bring the token – please.',
        headers: { 'WWW-Authenticate': 'Bearer', Vary: 'Origin' },
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;

    const asked = request({
      port,
      host: '127.0.0.1',
      headers: { Connection: 'Upgrade', Upgrade: 'websocket' },
    });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];

    expect(answer.statusCode).toBe(401);
    expect(answer.headers).toMatchObject({
      'www-authenticate': 'Bearer',
      vary: 'Origin',
      connection: 'close',
      'content-type': 'application/json; charset=utf-8',
    });
    expect(JSON.parse(await text(answer))).toEqual({
      statusCode: 401,
      code: 'FUJIAN_TOKEN_REQUIRED',
      message: 'Bring the token – please.',
    });
    // Closes only when no socket is left behind.
    await new Promise((closed) => server.close(closed));
  });

  it('survives a client that has gone', () => {
    const socket = new PassThrough();
    socket.destroy();
    refuseUpgrade(socket, { status: 403, code: 'X', message: 'x' });
    expect(() => socket.emit('error', new Error('EPIPE'))).not.toThrow();
  });
});
