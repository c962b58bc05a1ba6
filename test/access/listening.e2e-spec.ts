import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ListenError } from '../../src/serving/listen.error.js';
import { Checkpoint } from '../support/checkpoint.js';
import {
  bytesOf,
  HANDSHAKE,
  post,
  RawConnection,
  type RawRequest,
} from '../support/raw-connection.js';
import { ADAPTERS, type Answer, TestService } from '../support/service.js';
import { TestSocket } from '../support/test-socket.js';

const PING: RawRequest = { method: 'GET', target: '/', headers: [['Host', 'localhost']] };
const HAS_IPV6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

describe.each(ADAPTERS)('where the service listens, on %s', (httpAdapter) => {
  let directory: string;
  let path: string;
  const services: TestService[] = [];

  async function start(settings: Parameters<typeof TestService.start>[0]): Promise<TestService> {
    const service = await TestService.start({ httpAdapter, ...settings });
    services.push(service);
    return service;
  }

  async function runAt(to: number | string, code: string, host?: string): Promise<Answer> {
    const connection = await RawConnection.open(to, host);
    connection.request(post(code));
    const answer = await connection.answer();
    connection.close();
    return answer;
  }

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'fujian-listening-'));
    path = join(directory, 'socket');
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.close()));
    rmSync(directory, { recursive: true });
  });

  describe('a Unix socket', () => {
    it('is for its owner alone, and its clients are local', async () => {
      const { service } = await start({ hosts: [], socket: path });

      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(service.urls).toEqual([path]);
      expect(service.port).toBeUndefined();
      expect((await runAt(path, 'fujian_return = "by path"')).json.return).toBe('by path');
    });

    it('carries WebSockets', async () => {
      await start({ hosts: [], socket: path });
      const socket = await TestSocket.open(new WebSocket(`ws+unix:${path}:/websocket/`));
      expect((await socket.run('fujian_return = "by path"')).return).toBe('by path');
      socket.terminate();
    });

    it('can be there beside TCP, with the same interpreter behind it', async () => {
      const { port } = await start({ socket: path });
      await runAt(path, 'where_from = "the socket"');
      expect((await runAt(port, 'fujian_return = where_from')).json.return).toBe('the socket');
    });

    it('takes the place of one that a killed service left', async () => {
      leaveStaleSocket(path);
      await start({ hosts: [], socket: path });
      expect((await runAt(path, '')).status).toBe(200);
    });

    it('does not take the place of one in use, and says so', async () => {
      await start({ hosts: [], socket: path });

      await expect(start({ hosts: [], socket: path })).rejects.toThrow(
        `The socket ${path} is in use by another program: stop it, or set FUJIAN_SOCKET to another path.`,
      );
      expect((await runAt(path, '')).status).toBe(200);
    });

    it('does not take the place of a file that is no socket', async () => {
      writeFileSync(path, 'precious');
      await expect(start({ hosts: [], socket: path })).rejects.toBeInstanceOf(ListenError);
      expect(readFileSync(path, 'utf8')).toBe('precious');
    });

    it('in a directory that does not exist is a ListenError that names it', async () => {
      const missing = join(directory, 'missing', 'socket');
      const starting = start({ hosts: [], socket: missing });
      await expect(starting).rejects.toBeInstanceOf(ListenError);
      await expect(starting).rejects.toThrow(missing);
    });

    it('is gone when the service has stopped', async () => {
      const service = await TestService.start({ httpAdapter, hosts: [], socket: path });
      await service.close();
      expect(existsSync(path)).toBe(false);
    });
  });

  describe('TCP', () => {
    it.runIf(HAS_IPV6)('listens on IPv4 and IPv6 at the same port', async () => {
      const { service, port } = await start({ hosts: ['127.0.0.1', '::1'] });

      expect(service.urls).toEqual([`http://127.0.0.1:${port}`, `http://[::1]:${port}`]);
      await runAt(port, 'came_over = "IPv6"', '::1');
      expect((await runAt(port, 'fujian_return = came_over')).json.return).toBe('IPv6');
    });

    it('does without IPv6 where there is none', async () => {
      const { service } = await start({ hosts: ['127.0.0.1', '::1'] });
      expect(service.urls).toHaveLength(HAS_IPV6 ? 2 : 1);
    });

    it('says in one sentence that the port is in use', async () => {
      const { port } = await start({});
      const second = start({ port });

      await expect(second).rejects.toBeInstanceOf(ListenError);
      await expect(second).rejects.toMatchObject({ code: 'FUJIAN_LISTEN', port });
      await expect(second).rejects.toThrow(
        `Port ${port} of 127.0.0.1 is in use by another program: stop it, or set FUJIAN_PORT to another port (0 takes any free one).`,
      );
      expect((await runAt(port, '')).status).toBe(200);
    });

    it('releases the first address when the second is not available', async () => {
      // No other test uses these addresses; on 127.0.0.1 any port may be taken.
      const other = createServer().listen(0, '127.0.0.2');
      await once(other, 'listening');
      const { port } = other.address() as { port: number };

      await expect(start({ hosts: ['127.0.0.3', '127.0.0.2'], port })).rejects.toThrow(
        `Port ${port} of 127.0.0.2 is in use`,
      );
      other.close();
      await start({ hosts: ['127.0.0.3'], port });
    });

    it('says that an address is not of this machine', async () => {
      await expect(
        start({ hosts: ['192.0.2.1'], token: 'T0K', requireToken: true }),
      ).rejects.toThrow(/of 192\.0\.2\.1 cannot be listened on: this machine has no such address/);
    });

    it('lets two services run side by side without seeing each other', async () => {
      const [one, two] = await Promise.all([start({}), start({})]);
      await one.run('mine = 1');
      expect((await two.run('fujian_return = "mine" in globals()')).return).toBe('False');
    });
  });
});

describe.each(ADAPTERS)('unusual HTTP, on %s', (httpAdapter) => {
  let service: TestService;
  const connections: RawConnection[] = [];

  async function connect(): Promise<RawConnection> {
    const connection = await RawConnection.open(service.port);
    connections.push(connection);
    return connection;
  }

  async function answerTo(bytes: string | Uint8Array, method = 'POST'): Promise<Answer> {
    const connection = await connect();
    connection.send(bytes);
    return connection.answer(method);
  }

  function expectJsonError(
    { status, headers, json }: Answer,
    expected: number,
    code: string,
  ): void {
    expect({ status, code: json.code }).toEqual({ status: expected, code });
    expect(json).toEqual({ statusCode: expected, code, message: expect.any(String) as string });
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expectHeaders(headers);
    expect(headers.get('vary')).toBe('Origin');
  }

  function expectHeaders(headers: Headers): void {
    expect(headers.get('server')).toMatch(/^Fujian\/\d/);
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  }

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter });
  });
  afterEach(async () => {
    for (const connection of connections.splice(0)) connection.close();
    expect((await service.run('fujian_return = "still here"')).return).toBe('still here');
  });
  afterAll(() => service.close());

  it('refuses headers of more than 16 KiB', async () => {
    const request = { ...PING, headers: [...PING.headers, ['X', 'x'.repeat(17_000)]] as const };
    expectJsonError(await answerTo(bytesOf(request)), 431, 'FUJIAN_HEADERS_TOO_LARGE');
  });

  it('takes headers of 15 KiB', async () => {
    const request = { ...PING, headers: [...PING.headers, ['X', 'x'.repeat(15_000)]] as const };
    expect((await answerTo(bytesOf(request))).status).toBe(200);
  });

  it('sees an Origin behind 2,000 other headers', async () => {
    const others = Array.from({ length: 2_100 }, () => ['a', ''] as const);
    const request = post('hidden = True', [...others, ['Origin', 'http://evil.test']]);

    expectJsonError(await answerTo(bytesOf(request)), 403, 'FUJIAN_ORIGIN_NOT_ALLOWED');
    expect((await service.run('fujian_return = "hidden" in globals()')).return).toBe('False');
  });

  it.each([
    ['a method that is none', 'FETCH / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['no HTTP at all', 'print("hello")\n\n'],
    ['TLS', Buffer.from('160301020001000100fc0303', 'hex')],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost localhost\r\n\r\n'],
    [
      'a length that is no number',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n',
    ],
    [
      'two different lengths',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n1',
    ],
    [
      'a length beside chunks',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'a chunk without a size',
      'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ],
  ])('refuses %s', async (_name, bytes) => {
    expectJsonError(await answerTo(bytes), 400, 'FUJIAN_MALFORMED_HTTP');
  });

  it('refuses what is malformed also on a connection that was used before', async () => {
    const connection = await connect();
    connection.request(PING);
    expect((await connection.answer('GET')).status).toBe(200);
    connection.send('nonsense\r\n\r\n');
    expectJsonError(await connection.answer(), 400, 'FUJIAN_MALFORMED_HTTP');
    await connection.closed;
  });

  it.each(['HTTP/1.1', 'HTTP/1.0'])('refuses %s without a Host', async (version) => {
    expectJsonError(
      await answerTo(`POST / ${version}\r\nContent-Length: 0\r\n\r\n`),
      400,
      'FUJIAN_MISSING_HOST',
    );
  });

  it('serves HTTP/1.0 with a Host, and closes', async () => {
    const connection = await connect();
    connection.send('POST / HTTP/1.0\r\nHost: localhost\r\nContent-Length: 8\r\n\r\nprint(1)');
    expect((await connection.answer()).json.stdout).toBe('1\n');
    await connection.closed;
  });

  it.each(['/%zz', '/%c0%ae'])('answers the undecodable path %s like any other', async (target) => {
    const { headers } = PING;
    expectJsonError(
      await answerTo(bytesOf({ method: 'GET', target, headers })),
      404,
      'FUJIAN_NOT_FOUND',
    );
  });

  it('answers a CONNECT, as it is not a proxy', async () => {
    const answer = await answerTo('CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expectHeaders(answer.headers);
  });

  it('answers an expectation that it does not know in JSON', async () => {
    const answer = await answerTo(bytesOf(post('print(1)', [['Expect', 'magic']])));
    expectHeaders(answer.headers);
    expect(answer.json).toBeTypeOf('object');
  });

  it('sends 100 Continue to an allowed client that expects it', async () => {
    const connection = await connect();
    const headers = [
      ['Expect', '100-continue'],
      ['Content-Length', '8'],
    ] as const;
    connection.send(bytesOf({ ...post('', headers), body: '' }));
    expect((await connection.answer()).status).toBe(100);
    connection.send('print(1)');
    expect((await connection.answer()).json.stdout).toBe('1\n');
  });

  it('sends no 100 Continue to a refused client', async () => {
    const headers = [
      ['Origin', 'http://evil.test'],
      ['Expect', '100-continue'],
      ['Content-Length', '8'],
    ] as const;
    expect((await answerTo(bytesOf({ ...post('', headers), body: '' }))).status).toBe(403);
  });

  it.each([
    ['without a key', HANDSHAKE.filter(([name]) => name !== 'Sec-WebSocket-Key')],
    ['without a version', HANDSHAKE.filter(([name]) => name !== 'Sec-WebSocket-Version')],
  ])('refuses a handshake %s', async (_name, handshake) => {
    const headers = [...PING.headers, ...handshake];
    expectJsonError(
      await answerTo(bytesOf({ method: 'GET', target: '/websocket/', headers })),
      400,
      'FUJIAN_BAD_HANDSHAKE',
    );
  });

  it('answers pipelined requests in their order', async () => {
    const checkpoint = await Checkpoint.build();
    const connection = await connect();
    connection.send(
      Buffer.concat([
        bytesOf(post(`${checkpoint.pass()}; fujian_return = "first"`)),
        bytesOf(PING),
        bytesOf(post('fujian_return = "third"')),
        bytesOf({ method: 'PUT', target: '/', headers: [['Host', 'localhost']] }),
      ]),
    );
    const first = await checkpoint.arrival();
    expect(connection.pending).toBe('');
    first.letThrough();

    expect((await connection.answer()).json.return).toBe('first');
    expect((await connection.answer('GET')).status).toBe(200);
    expect((await connection.answer()).json.return).toBe('third');
    expect((await connection.answer()).status).toBe(405);
    checkpoint.tearDown();
  });

  it('serves the request behind one that was refused', async () => {
    const connection = await connect();
    connection.send(
      Buffer.concat([
        bytesOf(post('print("evil")', [['Origin', 'http://evil.test']])),
        bytesOf(post('print("good")')),
      ]),
    );
    expect((await connection.answer()).status).toBe(403);
    expect((await connection.answer()).json.stdout).toBe('good\n');
  });

  it('takes a request that arrives byte by byte', async () => {
    const connection = await connect();
    for (const byte of bytesOf(post('print("é")'))) connection.send(Buffer.of(byte));
    expect((await connection.answer()).json.stdout).toBe('é\n');
  });

  it.each([
    ['headers', 'POST / HTTP/1.1\r\nHost: local'],
    ['a body', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nprint('],
  ])('survives a client that resets the connection in the middle of %s', async (_name, bytes) => {
    const connection = await connect();
    connection.send(bytes);
    connection.socket.resetAndDestroy();
    await connection.closed;
  });

  it('survives a client that resets the connection while its code runs', async () => {
    const checkpoint = await Checkpoint.build();
    const connection = await connect();
    connection.request(post(checkpoint.pass()));
    const arrival = await checkpoint.arrival();
    connection.socket.resetAndDestroy();
    await connection.closed;
    arrival.letThrough();
    checkpoint.tearDown();
  });
});

describe('a client that is slow', () => {
  it.each(ADAPTERS)(
    'is refused on %s when its headers have taken 10 s, and cut off',
    async (httpAdapter) => {
      const service = await TestService.start({ httpAdapter });
      const server = service.service.app.getHttpServer();
      expect(server.headersTimeout).toBe(10_000);
      server.headersTimeout = 1; // Node looks at it each time that it looks for those that are slow
      const connection = await RawConnection.open(service.port);
      connection.send('POST / HTTP/1.1\r\nHost: localhost\r\n');
      const { status, headers, json } = await connection.answer();

      expect(status).toBe(408);
      expect(json).toMatchObject({ statusCode: 408, code: 'FUJIAN_REQUEST_TIMEOUT' });
      expect(headers.get('server')).toMatch(/^Fujian\//);
      await connection.closed;
      await service.close();
    },
  );
});

describe.each(ADAPTERS)('a token that is required, on %s', (httpAdapter) => {
  let service: TestService;
  const sockets: TestSocket[] = [];

  async function openSocket(target: string, protocols: string[] = []): Promise<TestSocket> {
    const client = new WebSocket(`ws://127.0.0.1:${service.port}${target}`, protocols);
    const socket = await TestSocket.open(client);
    sockets.push(socket);
    return socket;
  }

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter, token: 'T0K', requireToken: true });
  });
  afterAll(async () => {
    for (const socket of sockets) socket.terminate();
    await service.close();
  });

  it.each(['Bearer T0K', 'token T0K', 'bearer T0K'])('comes in %s', async (authorization) => {
    const { status, json } = await service.post('print(1)', { Authorization: authorization });
    expect(status).toBe(200);
    expect(json.stdout).toBe('1\n');
  });

  it.each(['Bearer T0k', 'Bearer', 'Basic VDBLOg==', 'T0K', 'Bearer T0K T0K'])(
    'is not %s',
    async (authorization) => {
      const { status, headers, json } = await service.post('', { Authorization: authorization });
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toBe('Bearer');
      expect(json.code).toBe('FUJIAN_WRONG_TOKEN');
    },
  );

  it('lets a page from anywhere in', async () => {
    const headers = { Authorization: 'Bearer T0K', Origin: 'https://lab.example' };
    expect((await service.post('', headers)).status).toBe(200);
  });

  it('comes to a WebSocket as ?token=, also encoded', async () => {
    const plain = await openSocket('/websocket/?token=T0K');
    expect((await plain.run('print(1)')).stdout).toBe('1\n');
    const encoded = await openSocket('/websocket?token=%540%4B');
    expect((await encoded.run('print(2)')).stdout).toBe('2\n');
  });

  it('comes to HTTP only as a header: URLs end up in logs', async () => {
    expect((await service.request('/?token=T0K', { method: 'POST', body: '' })).status).toBe(401);
  });

  it('comes to a WebSocket as a subprotocol, which is not repeated if there is another', async () => {
    const { socket } = await openSocket('/websocket/', ['fujian', 'fujian.token.T0K']);
    expect(socket.protocol).toBe('fujian');
  });

  it('comes to a WebSocket as the only subprotocol, which browsers want back', async () => {
    const { socket } = await openSocket('/websocket/', ['fujian.token.T0K']);
    expect(socket.protocol).toBe('fujian.token.T0K');
  });

  it('must be right wherever it is', async () => {
    const headers = { Authorization: 'Bearer T0K' };
    const url = `ws://127.0.0.1:${service.port}/websocket/?token=wrong`;
    const [error] = (await once(new WebSocket(url, { headers }), 'error')) as [Error];
    expect(error.message).toBe('Unexpected server response: 401');
  });
});

/** Leaves a socket file without a listener, as a killed program does. */
function leaveStaleSocket(path: string): void {
  const code = 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])';
  execFileSync('python3', ['-c', code, path]);
}
