import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-connection.js';
import { ADAPTERS, TestService } from '../support/service.js';

/** Of these, 6 fit into the 64 MiB for all clients together, 7 do not. */
const LARGE = Buffer.alloc(10 * 1024 * 1024 - 100, '#');
const COUNT = 7;
const END = '\nprint("ran")';
const ANSWER = { stdout: 'ran\n', stderr: '', return: '' };

describe.each(ADAPTERS)('unfinished messages of many clients on %s', (httpAdapter) => {
  let service: TestService;

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter });
  });
  afterAll(() => service.close());

  it('over HTTP: the one too many is refused with 503, the others run', async () => {
    const connections = await Promise.all(
      Array.from({ length: COUNT }, () => RawConnection.open(service.port)),
    );
    const answers = connections.map(async (connection) => {
      const length = LARGE.length + END.length;
      connection.send(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`);
      connection.send(LARGE);
      return { connection, answer: await connection.answer() };
    });
    const refused = await Promise.race(answers);
    expect(refused.answer.status).toBe(503);
    expect(refused.answer.json.code).toBe('FUJIAN_TOO_MUCH_AT_ONCE');
    expect(refused.answer.headers.get('retry-after')).toBe('1');
    expect((await service.post('print("ran")')).json).toEqual(ANSWER);

    for (const connection of connections) connection.send(END);
    for (const { connection, answer } of await Promise.all(answers)) {
      if (connection !== refused.connection) expect(answer.json).toEqual(ANSWER);
      connection.close();
    }
    expect((await service.post(`${LARGE.toString()}${END}`)).json).toEqual(ANSWER);
  });

  it('over WebSocket: the one too many is closed with 1013, the others run', async () => {
    const sockets = await Promise.all(Array.from({ length: COUNT }, () => service.openSocket()));
    for (const { socket } of sockets) {
      socket.send(LARGE, { binary: false, fin: false });
      socket.ping();
    }
    expect(await Promise.race(sockets.map(({ closed }) => closed))).toBe(1013);
    for (const { socket } of sockets) socket.send(END, { fin: true }, () => undefined);
    const outcomes = await Promise.all(
      sockets.map((socket) => Promise.race([socket.closed, socket.nextReply()])),
    );
    const replies = outcomes.filter((outcome) => outcome !== 1013);
    expect(replies).toEqual(Array.from({ length: COUNT - 1 }, () => ANSWER));

    const next = await service.openSocket();
    next.send(`${LARGE.toString()}${END}`);
    expect(await next.nextReply()).toEqual(ANSWER);
  });

  it('count no more when their clients have gone', async () => {
    for (let round = 0; round < 2; round++) {
      const sockets = await Promise.all(Array.from({ length: COUNT - 1 }, () => service.connect()));
      for (const { socket } of sockets) socket.send(LARGE, { binary: false, fin: false });
      // The service has received the fragment when it answers the ping behind it.
      await Promise.all(
        sockets.map(({ socket }) => {
          const ponged = new Promise((resolve) => socket.once('pong', resolve));
          socket.ping();
          return ponged;
        }),
      );
      for (const socket of sockets) socket.terminate();
      await Promise.all(sockets.map(({ closed }) => closed));
    }
    expect((await service.post(`${LARGE.toString()}${END}`)).json).toEqual(ANSWER);
  });
});
