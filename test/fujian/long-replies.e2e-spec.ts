import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Checkpoint } from '../support/checkpoint.js';
import { LONG_TEXTS } from '../support/long-texts.js';
import { times } from '../support/property.js';
import { post, RawConnection } from '../support/raw-connection.js';
import { ADAPTERS, TestService } from '../support/service.js';
import type { TestSocket } from '../support/test-socket.js';

const MEGABYTE = 1024 * 1024;
const EMPTY = { stdout: '', stderr: '', return: '' };
/** More than the kernel keeps for a client that does not read. */
const MORE_THAN_SOCKETS_HOLD = 12 * MEGABYTE;

describe.each(ADAPTERS)('a long reply on %s', (httpAdapter) => {
  let service: TestService;
  let checkpoint: Checkpoint;
  const sockets: TestSocket[] = [];
  /** The connections to the service, on its side. */
  const connections: Socket[] = [];

  async function open(): Promise<TestSocket> {
    const socket = await service.openSocket();
    sockets.push(socket);
    return socket;
  }

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter });
    service.service.app
      .getHttpServer()
      .on('connection', (connection: Socket) => connections.push(connection));
  });
  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
  });
  afterEach(async () => {
    checkpoint.tearDown();
    for (const socket of sockets.splice(0)) {
      socket.terminate();
      await socket.closed;
    }
  });
  afterAll(() => service.close());

  describe.each(LONG_TEXTS)('of $name', ({ python, text }) => {
    const size = times(200_000, 5 * MEGABYTE);
    const expression = python(size);
    const expected = text(size);
    const prints = `print(${expression}, end="")`;

    it.each(['/', '/?isolated', '/contexts/main/exec'])(
      'comes whole over POST %s',
      async (path) => {
        const { status, headers, json } = await service.request(path, {
          method: 'POST',
          body: prints,
        });
        expect([status, headers.get('content-type')]).toEqual([
          200,
          'application/json; charset=utf-8',
        ]);
        expect(json).toEqual({ ...EMPTY, stdout: expected });
      },
    );

    it('comes whole over WebSocket', async () => {
      const socket = await open();
      expect(await socket.run(`import sys; print(${expression}, end="", file=sys.stderr)`)).toEqual(
        {
          ...EMPTY,
          stderr: expected,
        },
      );
      expect(await socket.run('print("next")')).toEqual({ ...EMPTY, stdout: 'next\n' });
    });

    it('comes whole as a return value', async () => {
      const code = `fujian_return = ${expression}`;
      expect(await service.run(code)).toEqual({ ...EMPTY, return: expected });
      expect(await (await open()).run(code)).toEqual({ ...EMPTY, return: expected });
    });

    it('comes whole as a message of Python', async () => {
      const socket = await open();
      socket.send(`FUJIAN_WS.write_message(${expression})\nprint("after it")`);
      expect(await socket.nextText()).toBe(expected);
      expect((await socket.nextReply()).stdout).toBe('after it\n');
    });

    it('comes whole with a traceback, and with a death', async () => {
      const raised = await service.post(`${prints}; raise ValueError("v")`);
      expect(raised.status).toBe(400);
      expect(raised.json).toMatchObject({ ...EMPTY, stdout: expected });
      expect(raised.json.traceback).toMatch(/ValueError: v\n$/);
      const died = await service.post(`${prints}; import os; os._exit(3)`);
      expect(died.status).toBe(500);
      expect(died.json).toMatchObject({ ...EMPTY, stdout: expected });
      expect(died.json.traceback).toContain('exit code 3');
    });

    it('from between executions comes whole to a new WebSocket, or before the next output', async () => {
      const inThread = `import threading
def work():
    ${prints}
    ${checkpoint.pass()}
    print("last", end="")
threading.Thread(target=work).start()`;
      await service.run(inThread);
      const first = await checkpoint.arrival();
      const socket = await open();
      first.letThrough();
      let unsolicited = '';
      while (!unsolicited.endsWith('last')) unsolicited += (await socket.nextReply()).stdout;
      socket.terminate();
      await socket.closed;
      await service.run('while FUJIAN_WS.is_open(): pass');
      await service.run(inThread);
      const second = await checkpoint.arrival();
      second.letThrough();
      await second.past;
      const { stdout } = await service.run(`for one in threading.enumerate():
    if one is not threading.current_thread(): one.join()
print("next")`);
      // The thread may have printed some while its execution was not over.
      expect(expected.endsWith(unsolicited.slice(0, -'last'.length))).toBe(true);
      expect(`${expected}lastnext\n`.endsWith(stdout)).toBe(true);
    });
  });

  it('has the bytes that are no text, escaped', async () => {
    const code = `import os\nb = b"x" + b"\\xff\\xc3" * 200_000\nwhile b: b = b[os.write(1, b):]`;
    const expected = { ...EMPTY, stdout: `x${'\\xff\\xc3'.repeat(200_000)}` };
    expect(await service.run(code)).toEqual(expected);
    expect(await (await open()).run(code)).toEqual(expected);
  });

  it('has the lone surrogates of a return value', async () => {
    const { json } = await service.post(`fujian_return = "x" + chr(0xd800) * 100_000`);
    expect(json.return).toBe(`x${'\ud800'.repeat(100_000)}`);
  });

  it('is sent as the client reads it, and others are answered meanwhile', async () => {
    const slow = await RawConnection.open(service.port);
    slow.socket.pause();
    const prints = `print(chr(0) * ${MORE_THAN_SOCKETS_HOLD}, end="")`;
    slow.request(post(prints));
    expect((await service.run('fujian_return = 1')).return).toBe('1');
    expect(unsent(connections)).toBeLessThan(4 * MEGABYTE);
    slow.socket.resume();
    expect((await slow.answer()).json.stdout).toBe('\0'.repeat(MORE_THAN_SOCKETS_HOLD));
    slow.close();
  });

  it('is sent over WebSocket as the client reads it, and what follows waits behind it', async () => {
    const socket = await open();
    socket.socket.pause();
    socket.send(`${checkpoint.pass()}; print(chr(0) * ${MORE_THAN_SOCKETS_HOLD}, end="")`);
    (await checkpoint.arrival()).letThrough();
    expect((await service.run('fujian_return = 1')).return).toBe('1');
    const pushing = service.run('FUJIAN_WS.write_message("behind it")');
    expect((await service.request('/')).status).toBe(200);
    expect(unsent(connections)).toBeLessThan(4 * MEGABYTE);
    socket.socket.resume();
    expect((await socket.nextReply()).stdout).toBe('\0'.repeat(MORE_THAN_SOCKETS_HOLD));
    expect(await socket.nextText()).toBe('behind it');
    await pushing;
  });

  it('is let go of when its client leaves', async () => {
    const leaving = await RawConnection.open(service.port);
    leaving.socket.pause();
    leaving.request(post(`print("x" * ${MORE_THAN_SOCKETS_HOLD})`));
    await service.run('pass');
    const open = connections.filter(({ destroyed }) => !destroyed);
    const oneHasClosed = new Promise<void>((resolve) => {
      for (const one of open) one.once('close', () => resolve());
    });
    leaving.close();
    await oneHasClosed;
    expect((await service.run('fujian_return = 1')).return).toBe('1');
  });
});

/** Returns the most bytes that wait in a connection to be sent. */
function unsent(connections: readonly Socket[]): number {
  return Math.max(...connections.map(({ writableLength }) => writableLength));
}
