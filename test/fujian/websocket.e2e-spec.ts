import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { PythonInterpreterService } from '../../src/execution/python-interpreter.service.js';
import { Checkpoint } from '../support/checkpoint.js';
import { anyPython } from '../support/pythons.js';
import { bytesOf, post, RawConnection } from '../support/raw-connection.js';
import { times } from '../support/property.js';
import { ADAPTERS, TestService } from '../support/service.js';
import { TestSocket } from '../support/test-socket.js';

const NOTHING = { stdout: '', stderr: '', return: '' };

describe.each(ADAPTERS)('the Fujian protocol over WebSocket on %s', (httpAdapter) => {
  let service: TestService;
  let checkpoint: Checkpoint;
  const sockets: TestSocket[] = [];

  async function open(path?: string): Promise<TestSocket> {
    const socket = await service.openSocket(path);
    sockets.push(socket);
    return socket;
  }

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter });
  });
  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
  });
  afterEach(() => {
    checkpoint.tearDown();
    for (const socket of sockets.splice(0)) socket.terminate();
  });
  afterAll(() => service.close());

  it.each(['/websocket/', '/websocket', '/websocket/?a=1'])('is at %s', async (path) => {
    const socket = await open(path);
    expect((await socket.run('print(1)')).stdout).toBe('1\n');
  });

  describe('answers', () => {
    it.each([
      ['stdout', 'print("out")', { ...NOTHING, stdout: 'out\n' }],
      ['stderr', 'import sys; print("err", file=sys.stderr)', { ...NOTHING, stderr: 'err\n' }],
      ['return', 'fujian_return = 0', { ...NOTHING, return: '0' }],
    ])('in the shape of HTTP when there is %s', async (_what, code, expected) => {
      const socket = await open();
      socket.send(code);
      const { data, isBinary } = await socket.next();
      expect(isBinary).toBe(false);
      expect(data.toString()).toBe(JSON.stringify(expected));
    });

    it('with the traceback as a fourth member when the code raised', async () => {
      const socket = await open();
      const reply = await socket.run('1 / 0');
      expect(Object.keys(reply)).toEqual(['stdout', 'stderr', 'return', 'traceback']);
      expect(reply).toMatchObject(NOTHING);
      expect(reply.traceback).toMatch(/^Traceback .*\nZeroDivisionError: division by zero\n$/s);
    });

    it('also when the traceback is all there is to say, as of sys.exit()', async () => {
      const socket = await open();
      expect((await socket.run('import sys; sys.exit()')).traceback).toContain('SystemExit');
    });

    it('with silence when there is nothing to say', async () => {
      const socket = await open();
      for (const code of ['x = 1', 'fujian_return = ""', 'print(end="")', 'del fujian_return']) {
        socket.send(code);
      }
      expect(await socket.run('print("the first to be heard")')).toEqual({
        ...NOTHING,
        stdout: 'the first to be heard\n',
      });
    });

    it('in the order of the messages', async () => {
      const socket = await open();
      for (let number = 0; number < 1_000; number++) socket.send(`print(${number})`);
      for (let number = 0; number < 1_000; number++) {
        expect((await socket.nextReply()).stdout).toBe(`${number}\n`);
      }
    });

    it('with the reason when the interpreter ends', async () => {
      const socket = await open();
      const reply = await socket.run('import os; print("partial"); os._exit(3)');
      expect(reply).toMatchObject({ ...NOTHING, stdout: 'partial\n' });
      expect(reply.traceback).toContain('The Python interpreter ended: exit code 3.');
      expect((await socket.run('print("new")')).stdout).toBe('new\n');
    });

    it('what waited for an interpreter that ended', async () => {
      const [dying, waiting] = [await open(), await open()];
      dying.send(`${checkpoint.pass()}; import os; os._exit(3)`);
      const arrival = await checkpoint.arrival();
      for (let number = 0; number < 50; number++) waiting.send(`print(${number})`);
      await beTakenIn(waiting);
      arrival.letThrough();

      expect((await dying.nextReply()).traceback).toContain('exit code 3');
      for (let number = 0; number < 50; number++) {
        const reply = await waiting.nextReply();
        expect(reply).toMatchObject(NOTHING);
        expect(reply.traceback).toMatch(/^This code was not run: .*: exit code 3\./);
      }
      expect((await waiting.run('print("new")')).stdout).toBe('new\n');
    });

    it('code that takes longer than the timeout', async () => {
      const hasty = await TestService.start({ httpAdapter, timeout: 100, interruptGrace: 60_000 });
      const python = hasty.service.app.get(PythonInterpreterService);
      await python.execute('survivor = 1', { timeout: 0 });
      const socket = await hasty.openSocket();
      expect((await socket.run('while True: pass')).traceback).toContain('within 100 ms');
      expect((await python.execute('fujian_return = survivor', { timeout: 0 })).return).toBe('1');
      await hasty.close();
    });
  });

  describe('with several clients', () => {
    it('gives each its own replies', async () => {
      const clients = await Promise.all(Array.from({ length: 10 }, () => open()));
      for (let round = 0; round < 20; round++) {
        for (const [number, client] of clients.entries()) client.send(`print(${number}, ${round})`);
      }
      for (const [number, client] of clients.entries()) {
        for (let round = 0; round < 20; round++) {
          expect((await client.nextReply()).stdout).toBe(`${number} ${round}\n`);
        }
        expect(client.unread).toBe(0);
      }
    });

    it('runs one thing at a time, over both transports, in the order of arrival', async () => {
      const [one, other] = [await open(), await open()];
      one.send(`order = ["one"]; ${checkpoint.pass()}`);
      const arrival = await checkpoint.arrival();
      other.send('order.append("other")');
      await beTakenIn(other);
      const connection = await RawConnection.open(service.port);
      // The ping is answered by the time that the request before it waits in the queue.
      const ping = await RawConnection.open(service.port);
      connection.request(post('order.append("HTTP"); fujian_return = order'));
      ping.send(bytesOf({ method: 'GET', target: '/', headers: [['Host', 'localhost']] }));
      await ping.answer('GET');
      one.send('order.append("one again")');
      await beTakenIn(one);
      arrival.letThrough();

      expect((await connection.answer()).json.return).toBe("['one', 'other', 'HTTP']");
      expect((await one.run('fujian_return = order')).return).toBe(
        "['one', 'other', 'HTTP', 'one again']",
      );
      connection.close();
      ping.close();
    });

    it('is not disturbed by one that disconnects while its code runs', async () => {
      const [leaving, staying] = [await open(), await open()];
      leaving.send(`${checkpoint.pass()}; print("to nobody"); finished = True`);
      const arrival = await checkpoint.arrival();
      staying.send('fujian_return = finished');
      leaving.terminate();
      await leaving.closed;
      arrival.letThrough();
      expect(await staying.nextReply()).toEqual({ ...NOTHING, return: 'True' });
    });

    it('drops the replies, but not the runs, of one that left', async () => {
      const [leaving, staying] = [await open(), await open()];
      await service.run('left_behind = 0');
      leaving.send(checkpoint.pass());
      const arrival = await checkpoint.arrival();
      for (let number = 0; number < 10; number++) leaving.send('left_behind += 1; print("x")');
      await beTakenIn(leaving);
      leaving.terminate();
      arrival.letThrough();
      expect((await staying.run('fujian_return = left_behind')).return).toBe('10');
      expect(staying.unread).toBe(0);
    });

    const many = times(100, 500);
    it(`holds ${many} idle ones, and serves one more`, async () => {
      const idle = await Promise.all(Array.from({ length: many }, () => open()));
      const busy = await open();
      expect((await busy.run('print("busy")')).stdout).toBe('busy\n');
      expect((await service.run('print("HTTP")')).stdout).toBe('HTTP\n');
      expect((await idle[0]!.run('print("awake")')).stdout).toBe('awake\n');
      expect(idle.every(({ socket }) => socket.readyState === socket.OPEN)).toBe(true);
    });

    it(`forgets ${many} that left at once`, async () => {
      const leaving = await Promise.all(Array.from({ length: many }, () => open()));
      const last = await open();
      for (const client of leaving) client.terminate();
      await Promise.all(leaving.map((client) => client.closed));
      expect((await last.run('print("last")')).stdout).toBe('last\n');
    });
  });

  it('sends a small reply without waiting for more: TCP_NODELAY', async () => {
    const connection = once(service.service.app.getHttpServer(), 'connection');
    const socket = await open();
    expect((await socket.run('print(1)')).stdout).toBe('1\n');
    const [served] = (await connection) as [Socket];
    expect(await tcpOptionOf(served, 'TCP_NODELAY')).toBe('1');
  });
});

describe.each(ADAPTERS)('a service on %s that shuts down', (httpAdapter) => {
  it('finishes what runs, refuses what waits, and then says 1001', async () => {
    const checkpoint = await Checkpoint.build();
    const service = await TestService.start({ httpAdapter, shutdownGrace: 60_000 });
    const [busy, waiting, idle] = [
      await service.openSocket(),
      await service.openSocket(),
      await service.openSocket(),
    ];
    busy.send(`${checkpoint.pass()}; fujian_return = "in time"`);
    const arrival = await checkpoint.arrival();
    for (let number = 0; number < 30; number++) waiting.send(`print(${number})`);
    await beTakenIn(waiting);

    const closing = service.service.close();
    // The last are refused at once, before they are handed over to Python.
    const replies = [await waiting.nextReply()];
    await expect(fetch(service.url)).rejects.toThrow('fetch failed');
    arrival.letThrough();

    expect(await busy.nextReply()).toEqual({ ...NOTHING, return: 'in time' });
    while (replies.length < 30) replies.push(await waiting.nextReply());
    for (const { traceback, ...rest } of replies) {
      expect(rest).toEqual(NOTHING);
      expect(traceback).toContain('The service is shutting down; this code was not run');
    }
    expect(await Promise.all([busy.closed, waiting.closed, idle.closed])).toEqual([
      1001, 1001, 1001,
    ]);
    await closing;
    checkpoint.tearDown();
  });

  it.each([
    ['is next', 0],
    ['is far behind', 30],
  ])('finishes what runs over HTTP, and refuses with 503 what %s', async (_where, before) => {
    const checkpoint = await Checkpoint.build();
    const service = await TestService.start({ httpAdapter, shutdownGrace: 60_000 });
    const posted = service.post(checkpoint.pass());
    const arrival = await checkpoint.arrival();
    const socket = await service.openSocket();
    for (let number = 0; number < before; number++) socket.send('pass');
    await beTakenIn(socket);
    const connection = await RawConnection.open(service.port);
    connection.request(post('print("not run")'));
    expect((await service.request('/')).status).toBe(200);

    const closing = service.service.close();
    await expect(fetch(service.url)).rejects.toThrow('fetch failed');
    arrival.letThrough();
    const { status, headers, json } = await connection.answer();
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(json.code).toBe('FUJIAN_SHUTTING_DOWN');
    expect((await posted).status).toBe(200);
    expect(await socket.closed).toBe(1001);
    await closing;
    checkpoint.tearDown();
  });

  it('interrupts what does not finish in time, and answers it', async () => {
    const settings = { httpAdapter, shutdownGrace: 10, interruptGrace: 60_000 };
    const service = await TestService.start(settings);
    const socket = await service.openSocket();
    socket.send('FUJIAN_WS.write_message("begun")\nwhile True:\n    pass');
    expect(await socket.nextText()).toBe('begun');

    const closing = service.service.close();
    expect((await socket.nextReply()).traceback).toContain('shutting down');
    expect(await socket.closed).toBe(1001);
    await closing;
  });

  it('does not wait for a client that does not say goodbye', async () => {
    const service = await TestService.start({ httpAdapter });
    const socket = await service.openSocket();
    socket.socket.pause();
    await service.service.close();
    socket.terminate();
  });
});

/** Returns an option of a socket. Python can read it, Node cannot. */
async function tcpOptionOf(socket: Socket, name: string): Promise<string> {
  const code = `import socket as s; print(s.socket(fileno=3).getsockopt(s.IPPROTO_TCP, s.${name}), end="")`;
  const child = spawn(anyPython().path, ['-c', code], {
    stdio: ['ignore', 'pipe', 'inherit', socket],
  });
  return text(child.stdout!);
}

/** Waits for a pong, which comes when the service has received all earlier messages. */
async function beTakenIn({ socket }: TestSocket): Promise<void> {
  socket.ping();
  await once(socket, 'pong');
}
