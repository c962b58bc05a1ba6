import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, HANDSHAKE, post, RawConnection } from '../support/raw-connection.js';
import { ADAPTERS, type Answer, TestService } from '../support/service.js';
import type { TestSocket } from '../support/test-socket.js';

const LIMIT = 10 * 1024 * 1024;
const NOTHING = { stdout: '', stderr: '', return: '' };

describe.each(ADAPTERS)('bad input over HTTP on %s', (httpAdapter) => {
  let service: TestService;

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter });
  });
  afterEach(async () => {
    expect(await service.run('print("next")')).toEqual({ ...NOTHING, stdout: 'next\n' });
  });
  afterAll(() => service.close());

  async function answerTo(bytes: string | Uint8Array): Promise<Answer> {
    const connection = await RawConnection.open(service.port);
    connection.send(bytes);
    const answer = await connection.answer();
    connection.close();
    return answer;
  }

  async function expectNotRun(
    answer: Promise<Answer>,
    status: number,
    code: string,
  ): Promise<void> {
    const { json, status: actual } = await answer;
    expect({ status: actual, code: json.code }).toEqual({ status, code });
    expect(json).toEqual({ statusCode: status, code, message: expect.any(String) as string });
    expect((await service.run('fujian_return = "ran" in globals()')).return).toBe('False');
  }

  describe('a body that is empty', () => {
    it.each([
      ['by its length', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n'],
      ['as it has no length', 'POST / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
      [
        'without chunks',
        'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      ],
    ])('%s runs to nothing', async (_how, bytes) => {
      const { status, json } = await answerTo(bytes);
      expect(status).toBe(200);
      expect(json).toEqual(NOTHING);
    });

    it.each(['\n', '   ', '# only a comment', '\uFEFF', '\f'])(
      'but for %j runs to nothing',
      async (code) => {
        expect(await service.run(code)).toEqual(NOTHING);
      },
    );
  });

  describe('a body that is large', () => {
    /** Returns source of exactly `size` bytes. */
    const sourceOf = (size: number) => {
      const [begin, end] = ['text = "', '"; fujian_return = len(text)'];
      return `${begin}${'x'.repeat(size - begin.length - end.length)}${end}`;
    };

    it('runs up to 10 MiB', async () => {
      expect((await service.run(sourceOf(LIMIT))).return).toBe(String(LIMIT - 36));
    });

    it('runs also when it is a hundred thousand lines', async () => {
      const lines = Array.from({ length: 100_000 }, (_, number) => `# line ${number}`);
      expect((await service.run(`${lines.join('\n')}\nfujian_return = 1`)).return).toBe('1');
    });

    it('is refused beyond, by its length', async () => {
      const code = `ran = 1 #${'x'.repeat(LIMIT)}`;
      await expectNotRun(service.post(code), 413, 'FUJIAN_BODY_TOO_LARGE');
    });

    it('is refused beyond, before it is sent', async () => {
      const request = post('', [['Content-Length', String(LIMIT + 1)]]);
      await expectNotRun(answerTo(bytesOf(request)), 413, 'FUJIAN_BODY_TOO_LARGE');
    });

    it('is refused beyond, also for a client that reads only after sending all, and then closes', async () => {
      const connection = await RawConnection.open(service.port);
      connection.socket.pause();
      connection.request(post('x'.repeat(2 * LIMIT), [['Connection', 'close']]));
      await once(connection.socket, 'drain');
      connection.socket.resume();
      await expectNotRun(connection.answer(), 413, 'FUJIAN_BODY_TOO_LARGE');
      await connection.closed;
    });

    it('is refused beyond, in chunks', async () => {
      const connection = await RawConnection.open(service.port);
      connection.request(post('', [['Transfer-Encoding', 'chunked']]));
      const chunk = Buffer.alloc(1024 * 1024, 'ran = 1\n');
      for (let number = 0; number < 11; number++) {
        connection.send(Buffer.concat([Buffer.from('100000\r\n'), chunk, Buffer.from('\r\n')]));
      }
      await expectNotRun(connection.answer(), 413, 'FUJIAN_BODY_TOO_LARGE');
      connection.close();
    });

    it.each([
      ['by its length', [['Content-Length', String(LIMIT + 1)]] as const],
      ['in chunks', [['Transfer-Encoding', 'chunked']] as const],
    ])('that was refused, %s, is not in the way of the next request', async (_how, headers) => {
      const connection = await RawConnection.open(service.port);
      connection.request(post('', headers));
      const isChunked = headers[0][0] === 'Transfer-Encoding';
      const body = Buffer.alloc(LIMIT + 1, '#');
      if (isChunked) connection.send(`${body.length.toString(16)}\r\n`);
      connection.send(body);
      if (isChunked) connection.send('\r\n0\r\n\r\n');
      expect((await connection.answer()).status).toBe(413);
      connection.request(post('print("next")'));
      expect((await connection.answer()).json.stdout).toBe('next\n');
      connection.close();
    });

    it('is refused beyond a limit that is set', async () => {
      const small = await TestService.start({ httpAdapter, bodyLimit: 20 });
      expect((await small.post(`print(1)${' '.repeat(12)}`)).json.stdout).toBe('1\n');
      const { status, json } = await small.post(`print(1)${' '.repeat(13)}`);
      expect(status).toBe(413);
      expect(json.message).toContain('larger than 20 bytes (option bodyLimit, FUJIAN_BODY_LIMIT)');
      await small.close();
    });
  });

  describe('the text', () => {
    it('may begin with a byte order mark', async () => {
      expect((await service.run('\uFEFFfujian_return = "é"')).return).toBe('é');
    });

    it.each([
      ['CRLF', '\r\n'],
      ['CR', '\r'],
    ])('may have lines that end in %s', async (_name, end) => {
      const lines = ['if True:', '    text = """a', 'b"""', 'fujian_return = repr(text)'];
      expect((await service.run(lines.join(end))).return).toBe(String.raw`'a\nb'`);
    });

    it('may be indented with tabs', async () => {
      expect((await service.run('if True:\n\tif True:\n\t\tprint("\t")')).stdout).toBe('\t\n');
    });

    it('may not mix tabs and blanks', async () => {
      const { status, json } = await service.post('if True:\n        a = 1\n\tb = 2');
      expect(status).toBe(400);
      expect(json.traceback).toContain('TabError');
    });

    it('with a NUL gets a traceback', async () => {
      const { status, json } = await service.post('print("not run")\0');
      expect(status).toBe(400);
      expect(json).toMatchObject(NOTHING);
      expect(json.traceback).toMatch(/(SyntaxError|ValueError): .*null byte/);
    });

    it.each([
      ['a lone byte', Buffer.from([0xff])],
      ['latin-1 without its charset', Buffer.from('ran = "é"', 'latin1')],
      ['a character cut short', Buffer.from('ran = "é').subarray(0, -1)],
      ['a surrogate', Buffer.from([0x23, 0xed, 0xa0, 0x80])],
      ['UTF-16', Buffer.from('\uFEFFran = 1', 'utf16le')],
    ])('that is no UTF-8 (%s) is not run', async (_what, body) => {
      await expectNotRun(service.post(body), 400, 'FUJIAN_INVALID_UTF8');
    });

    it.each([
      ['iso-8859-1', 'latin1'],
      ['latin1', 'latin1'],
      ['ISO-8859-1', 'latin1'],
      ['"iso-8859-1"', 'latin1'],
      ['utf-16le', 'utf16le'],
      ['UTF-8', 'utf8'],
    ] as const)('is read by its charset %s', async (charset, encoding) => {
      const body = Buffer.from('fujian_return = "é"', encoding);
      const { json } = await service.post(body, {
        'Content-Type': `text/plain; charset=${charset}`,
      });
      expect(json.return).toBe('é');
    });

    it.each(['klingon', 'constructor', '__proto__', 'utf-9'])(
      'in the unknown charset %s is not run',
      async (charset) => {
        const headers = { 'Content-Type': `text/plain; charset=${charset}` };
        await expectNotRun(service.post('ran = 1', headers), 415, 'FUJIAN_UNKNOWN_CHARSET');
      },
    );

    it.each(['latin-1', 'utf-8', 'klingon'])(
      'is not what its line "coding: %s" says',
      async (coding) => {
        const { json } = await service.post(`# -*- coding: ${coding} -*-\nfujian_return = "é"`);
        expect(json.return).toBe('é');
      },
    );

    it.each(['gzip', 'br', 'GZIP'])('compressed with %s is not run', async (encoding) => {
      const headers = { 'Content-Encoding': encoding };
      await expectNotRun(service.post(gzipSync('ran = 1'), headers), 415, 'FUJIAN_COMPRESSED_BODY');
    });

    it.each(['identity', 'Identity'])('with the Content-Encoding %s is run', async (encoding) => {
      const { status } = await service.post('pass', { 'Content-Encoding': encoding });
      expect(status).toBe(200);
    });
  });

  describe('the way it comes', () => {
    it('may be chunks, which cut characters', async () => {
      const bytes = Buffer.from('print("🎹")');
      const chunks = [...bytes].flatMap((byte) => ['1\r\n', Buffer.of(byte), '\r\n']);
      const head = bytesOf(post('', [['Transfer-Encoding', 'chunked']]));
      const { json } = await answerTo(
        Buffer.concat([head, ...[...chunks, '0\r\n\r\n'].map((part) => Buffer.from(part))]),
      );
      expect(json.stdout).toBe('🎹\n');
    });

    it('may be chunks with extensions and trailers', async () => {
      const head = bytesOf(post('', [['Transfer-Encoding', 'chunked']]));
      const body = '8;name="value"\r\nprint(1)\r\n0\r\nOrigin: http://evil.test\r\n\r\n';
      expect((await answerTo(Buffer.concat([head, Buffer.from(body)]))).json.stdout).toBe('1\n');
    });

    it.each([['gzip, chunked'], ['deflate ,chunked'], ['identity, Chunked'], ['gzip', 'chunked']])(
      'is not read in another transfer coding than chunked: %s %s',
      async (...codings) => {
        const headers = codings.map((coding) => ['Transfer-Encoding', coding] as const);
        for (const target of ['/', '/contexts/main/exec', '/execute', '/contexts']) {
          const request = { ...post('', headers), target, body: '' };
          await expectNotRun(answerTo(bytesOf(request)), 501, 'FUJIAN_TRANSFER_CODING');
        }
      },
    );

    it.each(['127.0.0.1', '::1'])('that ends with the sending side of %s is run', async (host) => {
      const both = await TestService.start({ hosts: ['127.0.0.1', '::1'] });
      const connection = await RawConnection.open(both.port, host);
      connection.request(post('fujian_return = "answered"'));
      connection.finish();
      expect((await connection.answer()).json.return).toBe('answered');
      await connection.closed;
      await both.close();
    });

    it.each([
      ['a length', 'Content-Length: 100\r\n\r\nran = 1\n'],
      ['chunks', 'Transfer-Encoding: chunked\r\n\r\n8\r\nran = 1\n\r\n'],
    ])('cut short, with %s, is not run', async (_what, rest) => {
      const connection = await RawConnection.open(service.port);
      connection.send(`POST / HTTP/1.1\r\nHost: localhost\r\n${rest}`);
      connection.finish();
      const { status, headers, json } = await connection.answer();
      expect(status).toBe(400);
      expect(headers.get('server')).toMatch(/^Fujian\//);
      expect(json.code).toMatch(/^FUJIAN_/);
      await connection.closed;
      expect(connection.pending).toBe('');
      expect((await service.run('fujian_return = "ran" in globals()')).return).toBe('False');
    });

    it.each([
      'text/plain;charset=UTF-8',
      'application/x-www-form-urlencoded',
      'application/json',
      'multipart/form-data; boundary=x',
      'text/x-python',
      'a/b; charset',
      '',
      ';;;',
      'nonsense',
      'text/plain, text/html',
      'text/plain\tx',
      'é',
    ])('may be called %j', async (type) => {
      const { status, json } = await answerTo(bytesOf(post('print(1)', [['Content-Type', type]])));
      expect({ status, stdout: json.stdout }).toEqual({ status: 200, stdout: '1\n' });
    });
  });

  describe('code that asks too much', () => {
    it.each([
      ['100,000 nested parentheses', `${'('.repeat(100_000)}1${')'.repeat(100_000)}`],
      ['100,000 unclosed parentheses', '('.repeat(100_000)],
      ['100,000 signs', `${'-'.repeat(100_000)}1`],
      [
        '10,000 nested blocks',
        Array.from({ length: 10_000 }, (_, n) => `${' '.repeat(n % 500)}if 1:\n`).join(''),
      ],
      ['deep JSON', 'import json; json.loads("[" * 100_000 + "]" * 100_000)'],
      ['endless recursion', 'def f(): f()\nf()'],
      ['a deep return', 'deep = []\nfor _ in range(100_000): deep = [deep]\nfujian_return = deep'],
      ['a number too long for str', 'fujian_return = 10 ** 10_000 ** 1; str(10 ** 5_000)'],
    ])('%s gets a traceback, of bearable length', async (_what, code) => {
      const { status, json, text } = await service.post(code);
      // The compiler's verdict on some of these depends on the Python.
      expect([400, 500]).toContain(status);
      expect(json.traceback).toMatch(/Error|The Python interpreter ended/);
      expect(text.length).toBeLessThan(1_000_000);
    });
  });

  it('is answered in JSON, whatever bytes are printed', async () => {
    const code = 'import os; os.write(1, bytes(range(256))); print("\\ud800\\udfff \\x00")';
    const { status, json } = await service.post(code);
    expect(status).toBe(200);
    expect(json.stdout).toContain(String.raw`\xff`);
    expect(json.stdout).toContain('\0\x01\x02');
  });
});

describe.each(ADAPTERS)('bad input over WebSocket on %s', (httpAdapter) => {
  let service: TestService;
  let socket: TestSocket;

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter });
  });
  afterEach(async () => {
    expect((await (await service.openSocket()).run('print("next")')).stdout).toBe('next\n');
  });
  afterAll(() => service.close());

  const open = async () => (socket = await service.openSocket());

  it.each(['', ' ', '\n', '# nothing', '\uFEFF'])('%j gets no reply', async (code) => {
    await open();
    socket.send(code);
    expect((await socket.run('print("after")')).stdout).toBe('after\n');
  });

  it('a binary message with source is run', async () => {
    await open();
    socket.socket.send(Buffer.from('fujian_return = "é"'), { binary: true });
    expect((await socket.nextReply()).return).toBe('é');
  });

  it('a binary message that is no UTF-8 is not run, and the socket stays', async () => {
    await open();
    socket.socket.send(Buffer.from('ran = "é"', 'latin1'), { binary: true });
    const { traceback, ...rest } = await socket.nextReply();
    expect(rest).toEqual(NOTHING);
    expect(traceback).toContain('The code is not valid UTF-8, so nothing was run');
    expect((await socket.run('fujian_return = "ran" in globals()')).return).toBe('False');
  });

  it('a text message that is no UTF-8 closes the socket with 1007', async () => {
    await open();
    socket.socket.send(Buffer.from([0x70, 0xff]), { binary: false });
    expect(await socket.closed).toBe(1007);
  });

  it('a message of 10 MiB is run', async () => {
    await open();
    const code = `fujian_return = len("${'x'.repeat(LIMIT - 23)}")`;
    expect((await socket.run(code)).return).toBe(String(LIMIT - 23));
  });

  it('a longer message closes the socket with 1009', async () => {
    await open();
    socket.send('#'.repeat(LIMIT + 1));
    expect(await socket.closed).toBe(1009);
  });

  it('a message beyond a limit that is set closes the socket with 1009', async () => {
    const small = await TestService.start({ httpAdapter, messageLimit: 20 });
    const client = await small.openSocket();
    expect((await client.run(`print(1)${' '.repeat(12)}`)).stdout).toBe('1\n');
    client.send(`print(1)${' '.repeat(13)}`);
    expect(await client.closed).toBe(1009);
    await small.close();
  });

  it('a message in fragments that cut a character is run whole', async () => {
    await open();
    const bytes = Buffer.from('print("🎹")');
    socket.socket.send(bytes.subarray(0, 9), { binary: false, fin: false });
    socket.socket.send(bytes.subarray(9), { binary: false, fin: true });
    expect((await socket.nextReply()).stdout).toBe('🎹\n');
  });

  it.each([
    ['NUL', 'print(1)\0', /null byte/],
    ['a syntax error', 'if', /SyntaxError/],
    ['parentheses without end', '('.repeat(100_000), /Error|interpreter ended/],
  ])('code with %s gets a traceback', async (_what, code, expected) => {
    await open();
    expect((await socket.run(code)).traceback).toMatch(expected);
  });

  it.each([
    ['a frame that is not masked', Buffer.from([0x81, 1, 0x31]), 1002],
    ['a frame of an unknown type', Buffer.from([0x83, 0x80, 0, 0, 0, 0]), 1002],
    ['reserved bits', Buffer.from([0xf1, 0x80, 0, 0, 0, 0]), 1002],
    ['a length beyond reason', Buffer.from([0x81, 0xff, ...Array<number>(8).fill(0xff)]), 1009],
  ])('%s closes the socket', async (_what, frame, code) => {
    const connection = await RawConnection.open(service.port);
    const headers = [['Host', 'localhost'], ...HANDSHAKE] as const;
    connection.request({ method: 'GET', target: '/websocket/', headers });
    expect((await connection.answer()).status).toBe(101);
    connection.send(frame);
    const closing = await connection.rest();
    expect([closing[0], closing.readUInt16BE(2)]).toEqual([0x88, code]);
  });

  it('a connection that ends in the middle of a message is forgotten', async () => {
    await open();
    socket.socket.send('print("half', { fin: false });
    socket.terminate();
    await socket.closed;
  });
});
