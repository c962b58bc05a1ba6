import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ExecutionEvent } from '../../src/execution/observing/execution-event.js';
import { PythonInterpreterService } from '../../src/execution/python-interpreter.service.js';
import { ADAPTERS, TestService } from '../support/service.js';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

describe.each(ADAPTERS)('the id of a request on %s', (httpAdapter) => {
  let service: TestService;
  const told: ExecutionEvent[] = [];
  beforeAll(async () => {
    service = await TestService.start({ httpAdapter });
    const python = service.service.app.get(PythonInterpreterService);
    python.executionEvents.subscribe((occurrence) => told.push(occurrence));
  });
  afterAll(() => service.close());

  const origins = () => told.splice(0).map(({ execution }) => execution.origin);
  const post = { method: 'POST', body: 'pass' };

  it.each([
    [200, '/', {}],
    [200, '/', post],
    [400, '/', { ...post, body: '1 / 0' }],
    [403, '/', { ...post, headers: { Origin: 'http://evil.test' } }],
    [404, '/nothing', {}],
    [404, '/contexts/none/exec', post],
    [405, '/', { method: 'PUT' }],
    [200, '/health', {}],
    [200, '/execute', { ...post, body: '{"code":"pass"}' }],
    [204, '/contexts', { method: 'OPTIONS' }],
    [501, '/files', {}],
  ])('comes back with a %d of %s %j, or is made', async (status, path, init) => {
    const headers = 'headers' in init ? init.headers : {};
    const withId = await service.request(path, {
      ...init,
      headers: { ...headers, 'X-Request-Id': 'mine-1' },
    });
    expect([withId.status, withId.headers.get('x-request-id')]).toEqual([status, 'mine-1']);
    const without = await service.request(path, init);
    expect(without.headers.get('x-request-id')).toMatch(UUID);
    told.length = 0;
  });

  it('is told of the execution, with the protocol', async () => {
    await service.post('pass', { 'X-Request-Id': 'over-http' });
    const headers = { 'X-Request-Id': 'interactive' };
    await service.request('/execute', { ...post, body: '{"code":"pass"}', headers });
    const [http, codeInterpreter] = [
      { protocol: 'http', requestId: 'over-http' },
      { protocol: 'code-interpreter', requestId: 'interactive' },
    ];
    expect(new Set(origins().map((origin) => JSON.stringify(origin)))).toEqual(
      new Set([http, codeInterpreter].map((origin) => JSON.stringify(origin))),
    );
  });

  it('is that of the handshake for all that comes over a WebSocket', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${service.port}/websocket/`, {
      headers: { 'X-Request-Id': 'shake' },
    });
    const upgraded = once(socket, 'upgrade');
    await once(socket, 'open');
    const [response] = (await upgraded) as [IncomingMessage];
    expect(response.headers['x-request-id']).toBe('shake');
    socket.send('print(1)');
    await once(socket, 'message');
    expect(origins()[0]).toEqual({ protocol: 'websocket', requestId: 'shake' });
    socket.terminate();
  });

  it('comes back with a handshake that is refused', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${service.port}/nowhere`, {
      headers: { 'X-Request-Id': 'refused' },
    });
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(response.headers['x-request-id']).toBe('refused');
    socket.on('error', () => undefined).terminate();
  });
});
