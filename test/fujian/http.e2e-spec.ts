import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PythonInterpreterService } from '../../src/execution/python-interpreter.service.js';
import { VERSION } from '../../src/version.js';
import { Checkpoint } from '../support/checkpoint.js';
import { bytesOf, post, RawConnection } from '../support/raw-connection.js';
import { ADAPTERS, type Answer, TestService } from '../support/service.js';

const NOTHING = { stdout: '', stderr: '', return: '' };
const METHODS = 'GET, HEAD, POST, OPTIONS';
/** Timeout for events that certainly come, even on a busy machine. */
const PATIENTLY = { timeout: 60_000 };

describe.each(ADAPTERS)('the Fujian protocol over HTTP on %s', (httpAdapter) => {
  let service: TestService;
  let checkpoint: Checkpoint;

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter });
  });
  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
  });
  afterEach(() => checkpoint.tearDown());
  afterAll(() => service.close());

  const returned = async (code: string) => (await service.run(code)).return;

  describe('a ping', () => {
    it.each(['GET', 'HEAD'])('by %s is answered with nothing', async (method) => {
      const { status, text, headers } = await service.request('/', { method });
      expect({ status, text }).toEqual({ status: 200, text: '' });
      expectHeaders(headers);
    });

    it('is answered while code runs', async () => {
      const running = service.post(checkpoint.pass());
      const arrival = await checkpoint.arrival();
      expect((await service.request('/')).status).toBe(200);
      arrival.letThrough();
      expect((await running).status).toBe(200);
    });
  });

  describe('every answer names the server and the origin that may read it', () => {
    const evil = { Origin: 'http://evil.test' };
    const local = { Origin: 'http://localhost:4321' };

    it.each<[number, string, string, RequestInit]>([
      [200, 'a ping', '/', {}],
      [200, 'a run', '/', { method: 'POST', body: 'print(1)' }],
      [204, 'a preflight', '/', { method: 'OPTIONS' }],
      [400, 'code that raises', '/', { method: 'POST', body: '1 / 0' }],
      [400, 'what is no UTF-8', '/', { method: 'POST', body: Buffer.of(0xff) }],
      [404, 'an unknown path', '/nothing', {}],
      [405, 'an unknown method', '/', { method: 'PUT' }],
      [
        413,
        'a body that is too large',
        '/',
        { method: 'POST', body: Buffer.alloc(10 * 1024 * 1024 + 1, '#') },
      ],
      [
        415,
        'a compressed body',
        '/',
        { method: 'POST', body: 'x', headers: { 'Content-Encoding': 'gzip' } },
      ],
      [
        500,
        'code that ends the interpreter',
        '/',
        { method: 'POST', body: 'import os; os._exit(3)' },
      ],
    ])('%i, to %s', async (expected, _what, path, init) => {
      const headers = { ...init.headers, ...local };
      const answer = await service.request(path, { ...init, headers });

      expect(answer.status).toBe(expected);
      expectHeaders(answer.headers, local.Origin);
      if (answer.text !== '') {
        expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
        expect(answer.json).toBeTypeOf('object');
      }
    });

    it('403, which a strange page may not read', async () => {
      const { status, headers, json } = await service.post('print(1)', evil);
      expect(status).toBe(403);
      expect(headers.get('server')).toBe(`Fujian/${VERSION}`);
      expect(headers.get('vary')).toBe('Origin');
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(json.code).toBe('FUJIAN_ORIGIN_NOT_ALLOWED');
    });

    it('names the default origin where the request has none', async () => {
      const connection = await RawConnection.open(service.port);
      connection.request(post('print(1)'));
      expectHeaders((await connection.answer()).headers, 'http://localhost:8000');
      connection.close();
    });

    it('names the origins that are configured', async () => {
      const other = await TestService.start({
        httpAdapter,
        defaultOrigin: 'https://default.example',
        origins: ['https://lab.example:8443'],
      });
      const allowed = await other.post('', { Origin: 'https://lab.example:8443' });
      expectHeaders(allowed.headers, 'https://lab.example:8443');
      expect((await other.post('', { Origin: 'https://lab.example' })).status).toBe(403);

      const connection = await RawConnection.open(other.port);
      connection.request(post(''));
      expectHeaders((await connection.answer()).headers, 'https://default.example');
      connection.close();
      await other.close();
    });
  });

  describe('a preflight', () => {
    const asking = { 'Access-Control-Request-Method': 'POST' };

    it('of a local page is granted', async () => {
      const { status, text, headers } = await service.request('/', {
        method: 'OPTIONS',
        headers: { ...asking, Origin: 'http://127.0.0.1:3000' },
      });
      expect({ status, text }).toEqual({ status: 204, text: '' });
      expectHeaders(headers, 'http://127.0.0.1:3000');
      expect(headers.get('access-control-allow-methods')).toContain('POST');
      expect(headers.get('access-control-allow-headers')).toContain('content-type');
      expect(headers.get('access-control-allow-headers')).toContain('authorization');
      expect(headers.get('access-control-allow-private-network')).toBeNull();
    });

    it('that asks to come from a public network is granted that too', async () => {
      const headers = { ...asking, 'Access-Control-Request-Private-Network': 'true' };
      const answer = await service.request('/', { method: 'OPTIONS', headers });
      expect(answer.headers.get('access-control-allow-private-network')).toBe('true');
    });

    it('of any other page is not', async () => {
      const headers = { ...asking, Origin: 'https://localhost.example' };
      const answer = await service.request('/', { method: 'OPTIONS', headers });
      expect(answer.status).toBe(403);
      for (const [name] of answer.headers) expect(name).not.toMatch(/^access-control-/);
    });
  });

  describe('what is not served', () => {
    it.each(['PUT', 'PATCH', 'DELETE', 'PROPFIND'])(
      '%s is refused, and told why',
      async (method) => {
        const { status, headers, json } = await service.request('/', { method });
        expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: METHODS });
        expect(json).toEqual({
          statusCode: 405,
          code: 'FUJIAN_METHOD_NOT_ALLOWED',
          message: `This path takes ${METHODS}, not ${method}.`,
        });
      },
    );

    it.each([
      ['GET', '/favicon.ico'],
      ['GET', '/websocket/'],
      ['POST', '/websocket/'],
      ['POST', '/index.html'],
      ['DELETE', '/a/b?c=d'],
    ])('%s %s is not found', async (method, path) => {
      const { status, json } = await service.request(path, { method });
      expect(status).toBe(404);
      expect(json).toEqual({
        statusCode: 404,
        code: 'FUJIAN_NOT_FOUND',
        message: 'Nothing is served at this path.',
      });
    });

    it('a query changes nothing', async () => {
      const { json } = await service.request('/?a=1', { method: 'POST', body: 'print(2)' });
      expect(json.stdout).toBe('2\n');
    });
  });

  describe('a reply', () => {
    it('has stdout, stderr and return, in this order', async () => {
      const code = 'import sys; print("out"); print("err", file=sys.stderr); fujian_return = 6 * 7';
      const { status, text } = await service.post(code);
      expect(status).toBe(200);
      expect(text).toBe('{"stdout":"out\\n","stderr":"err\\n","return":"42"}');
    });

    it('has the traceback as a fourth member when the code raised, and all the others still', async () => {
      const code =
        'import sys; print("out"); print("err", file=sys.stderr); fujian_return = 1; 1/0';
      const { status, json } = await service.post(code);
      expect(status).toBe(400);
      expect(Object.keys(json)).toEqual(['stdout', 'stderr', 'return', 'traceback']);
      expect(json).toMatchObject({ stdout: 'out\n', stderr: 'err\n', return: '1' });
    });

    it('holds strings only', async () => {
      const { json } = await service.post('fujian_return = None; raise ValueError');
      for (const member of Object.values(json)) expect(member).toBeTypeOf('string');
    });

    it('names the threads that isolated code lacked, after all other members', async () => {
      const stop = 'import threading; stop = threading.Event()';
      await service.run(`${stop}; threading.Thread(target=stop.wait, name="waits").start()`);
      const isolated = (body: string) => service.request('/?isolated', { method: 'POST', body });
      const { text } = await isolated('fujian_return = 1');
      expect(text).toBe('{"stdout":"","stderr":"","return":"1","lostThreads":["waits"]}');
      const raised = await isolated('1 / 0');
      expect([raised.status, raised.json.lostThreads]).toEqual([400, ['waits']]);
      await service.run('stop.set()');
    });

    it('to nothing is nothing', async () => {
      expect(await service.run('')).toEqual(NOTHING);
    });

    it('is UTF-8', async () => {
      const { headers, json } = await service.post('print("福建 🎹"); fujian_return = "é"');
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(json).toEqual({ stdout: '福建 🎹\n', stderr: '', return: 'é' });
    });

    it('holds everything that the run wrote', async () => {
      const { stdout, stderr } = await service.run(
        [
          'import os, subprocess, sys, ctypes',
          'print("print")',
          'os.write(1, b"os.write\\n")',
          'os.system("echo os.system")',
          'subprocess.run(["sh", "-c", "echo subprocess; echo to stderr >&2"])',
          'ctypes.CDLL(None).printf(b"printf\\n")',
        ].join('\n'),
      );
      expect(stdout).toBe('print\nos.write\nos.system\nsubprocess\nprintf\n');
      expect(stderr).toBe('to stderr\n');
    });

    it('does not hold the output of another run', async () => {
      await service.run('print("one", end="")');
      expect((await service.run('print("two")')).stdout).toBe('two\n');
    });
  });

  describe('fujian_return', () => {
    it('is an empty string before any code runs', async () => {
      await service.run('fujian_return = "earlier"');
      expect(await service.run('print(repr(fujian_return))')).toEqual({
        ...NOTHING,
        stdout: "''\n",
      });
    });

    it('holds nothing of an earlier request, even one that raised', async () => {
      await service.post('fujian_return = "earlier"; raise ValueError');
      expect(await returned('pass')).toBe('');
    });

    it.each([
      ['None', 'None'],
      ['0', '0'],
      ['[1, "a", None]', "[1, 'a', None]"],
      ['{"a": float("nan")}', "{'a': nan}"],
      ['b"bytes"', "b'bytes'"],
      ['"\\ud800"', '\ud800'],
      ['"a\\0b"', 'a\0b'],
      ['type("C", (), {"__str__": lambda self: "by __str__"})()', 'by __str__'],
    ])('%s is answered as str() gives it', async (value, expected) => {
      expect(await returned(`fujian_return = ${value}`)).toBe(expected);
    });

    it('is answered whole, however long', async () => {
      expect(await returned('fujian_return = "é" * 5_000_000')).toBe('é'.repeat(5_000_000));
    });

    it('that code deletes is empty', async () => {
      expect(await returned('del fujian_return')).toBe('');
    });

    it('is gone after the run', async () => {
      const socket = await service.openSocket();
      await service.run(
        [
          'import threading',
          'def look():',
          `    ${checkpoint.pass()}`,
          `    ${checkpoint.pass('"fujian_return" in globals()')}`,
          'threading.Thread(target=look).start()',
          'fujian_return = "something"',
        ].join('\n'),
      );
      (await checkpoint.arrival()).letThrough();
      expect((await checkpoint.arrival()).word).toBe('False');
      socket.terminate();
    });

    it('whose __str__ raises gives a traceback, and no 500', async () => {
      const { status, json } = await service.post(
        'class Sulky:\n    def __str__(self):\n        raise LookupError("no")\nfujian_return = Sulky()',
      );
      expect(status).toBe(400);
      expect(json.return).toBe('');
      expect(json.traceback).toMatch(
        /in __str__\n {4}raise LookupError\("no"\)\nLookupError: no\n$/,
      );
    });

    it('whose __str__ answers no string gives a traceback', async () => {
      const { status, json } = await service.post(
        'class Odd:\n    def __str__(self):\n        return 1\nfujian_return = Odd()',
      );
      expect(status).toBe(400);
      expect(json.traceback).toContain('TypeError: __str__ returned non-string');
    });
  });

  describe('a traceback', () => {
    it("has the user's lines and no frames of ours", async () => {
      const { traceback } = (await service.post('x = 1\n\ndef f():\n    return 1 / 0\n\nf()')).json;
      const lines = traceback!.replaceAll(/<fujian-\d+>/g, '<it>').split('\n');
      expect(lines.filter((line) => !/^ *[\^~]+$/.test(line))).toEqual([
        'Traceback (most recent call last):',
        '  File "<it>", line 6, in <module>',
        '    f()',
        '  File "<it>", line 4, in f',
        '    return 1 / 0',
        'ZeroDivisionError: division by zero',
        '',
      ]);
    });

    it('has the lines of a function that came with an earlier request', async () => {
      await service.run('def earlier():\n    raise KeyError("here")');
      await service.run('unrelated = 1');
      const { traceback } = (await service.post('earlier()')).json;
      expect(traceback).toContain('    earlier()\n');
      expect(traceback).toContain('    raise KeyError("here")\n');
    });

    it('of a SyntaxError shows the line', async () => {
      const { status, json } = await service.post('print("not run")\nif True print(1)');
      expect(status).toBe(400);
      expect(json.stdout).toBe('');
      expect(json.traceback).toMatch(/line 2\n {4}if True print\(1\)\n.*\^.*\nSyntaxError: /);
      expect(json.traceback).not.toContain('Traceback (most recent call last)');
    });

    it.each([
      ['sys.exit()', 'import sys; sys.exit()', 'SystemExit'],
      ['sys.exit(0)', 'import sys; sys.exit(0)', 'SystemExit: 0'],
      ['sys.exit with a text', 'import sys; sys.exit("bye")', 'SystemExit: bye'],
      ['exit()', 'exit()', 'SystemExit'],
      ['KeyboardInterrupt', 'raise KeyboardInterrupt', 'KeyboardInterrupt'],
      ['GeneratorExit', 'raise GeneratorExit', 'GeneratorExit'],
    ])('answers %s, which does not end the interpreter', async (_what, code, last) => {
      await service.run('survivor = "still here"');
      const { status, json } = await service.post(code);
      expect(status).toBe(400);
      expect(json.traceback?.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^${last}`));
      expect(await returned('fujian_return = survivor')).toBe('still here');
    });
  });

  describe('the namespace', () => {
    it('is that of __main__, and stays', async () => {
      await service.run('import json as kept\ndef f(): return __name__');
      expect(await returned('fujian_return = (f(), kept.dumps([1]), __name__)')).toBe(
        "('__main__', '[1]', '__main__')",
      );
    });

    it('is one for HTTP and WebSocket together', async () => {
      const socket = await service.openSocket();
      await service.run('shared = ["HTTP"]');
      expect((await socket.run('shared.append("WS"); fujian_return = shared')).return).toBe(
        "['HTTP', 'WS']",
      );
      expect(await returned('fujian_return = shared')).toBe("['HTTP', 'WS']");
    });

    it('has import fujian', async () => {
      const code = 'import fujian; fujian.log("seen by the log alone"); fujian_return = fujian';
      expect((await service.run(`${code}.__version__`)).return).toBe(VERSION);
      expect(await service.run('fujian_return = fujian.WebSocketClosedError.__name__')).toEqual({
        ...NOTHING,
        return: 'WebSocketClosedError',
      });
    });
  });

  describe('many requests', () => {
    const NUMBERS = Array.from({ length: 100 }, (_, number) => number);

    it('on one connection run one at a time, in their order', async () => {
      await service.run('order = []');
      const connection = await RawConnection.open(service.port);
      const requests = NUMBERS.map((number) =>
        bytesOf(
          post(
            `order.append(${number}); print(${number}); fujian_return = order == list(range(${number + 1}))`,
          ),
        ),
      );
      connection.send(Buffer.concat(requests));
      for (const number of NUMBERS) {
        const { json } = await connection.answer();
        expect(json).toEqual({ ...NOTHING, stdout: `${number}\n`, return: 'True' });
      }
      connection.close();
    });

    it('at once are each answered with their own result', async () => {
      await service.run('order = []');
      const replies = await Promise.all(
        NUMBERS.map((number) =>
          service.run(`order.append(${number}); print(${number}); fujian_return = ${number}`),
        ),
      );
      expect(replies).toEqual(
        NUMBERS.map((number) => ({
          ...NOTHING,
          stdout: `${number}\n`,
          return: String(number),
        })),
      );
      expect(await returned('fujian_return = sorted(order) == list(range(100))')).toBe('True');
    });

    it('never run at the same time', async () => {
      const code =
        'import time\nbusy = globals().get("busy", 0) + 1\ntime.sleep(0.001)\nfujian_return = busy\nbusy -= 1';
      const replies = await Promise.all(NUMBERS.map(() => service.run(code)));
      expect(new Set(replies.map((reply) => reply.return))).toEqual(new Set(['1']));
    });

    it('that raise do not stop those behind them', async () => {
      const answers = await Promise.all(
        NUMBERS.map((number) => service.post(number % 2 ? '1 / 0' : `print(${number})`)),
      );
      expect(answers.map(({ status }) => status)).toEqual(
        NUMBERS.map((number) => (number % 2 ? 400 : 200)),
      );
    });
  });

  describe('the death of the interpreter', () => {
    it.each([
      ['os._exit(3)', 'os._exit(3)', 'exit code 3'],
      ['os._exit(0)', 'os._exit(0)', 'exit code 0'],
      ['SIGKILL', 'os.kill(os.getpid(), 9)', 'killed by SIGKILL'],
      ['SIGTERM', 'os.kill(os.getpid(), 15); time.sleep(60)', 'killed by SIGTERM'],
      ['os.abort()', 'os.abort()', 'killed by SIGABRT'],
    ])('by %s is answered with its reason and the partial output', async (_how, code, reason) => {
      await service.run('lost = True');
      const { status, json } = await service.post(
        `import os, sys, time; print("partial"); print("error", file=sys.stderr); ${code}`,
      );
      expect(status).toBe(500);
      expect(Object.keys(json)).toEqual(['stdout', 'stderr', 'return', 'traceback']);
      expect(json).toMatchObject({ stdout: 'partial\n', return: '' });
      expect(json.stderr).toMatch(/^error\n/);
      expect(json.traceback).toContain(`The Python interpreter ended: ${reason}.`);
      expect(await returned('fujian_return = "lost" in globals()')).toBe('False');
    });

    it('shows the Python stack where a crash has one', async () => {
      const { status, json } = await service.post('import ctypes\nctypes.string_at(0)');
      expect(status).toBe(500);
      expect(json.traceback).toContain('killed by SIGSEGV');
      expect(json.stderr).toContain('Fatal Python error: Segmentation fault');
    });

    it('answers what waited for it, which was not run', async () => {
      const small = await TestService.start({ httpAdapter, queueLimit: 3 });
      const dying = small.post(`${checkpoint.pass()}; import os; os._exit(3)`);
      const arrival = await checkpoint.arrival();
      // If one of three is refused, the other two wait.
      const three = [1, 2, 3].map((number) => small.post(`print(${number})`));
      expect((await Promise.race(three)).status).toBe(503);
      arrival.letThrough();

      expect((await dying).status).toBe(500);
      const answers = await Promise.all(three);
      const notRun = answers.filter(({ status }) => status === 500);
      expect(notRun).toHaveLength(2);
      for (const { json } of notRun) {
        expect(json).toMatchObject(NOTHING);
        expect(json.traceback).toMatch(/^This code was not run: .*: exit code 3\./);
      }
      expect((await small.run('print("after")')).stdout).toBe('after\n');
      await small.close();
    });

    it('leaves open sockets as they are, and FUJIAN_WS finds them', async () => {
      const socket = await service.openSocket();
      await service.post('import os; os._exit(1)');
      expect((await socket.nextReply()).traceback).toMatch(/^The Python interpreter ended/);
      await service.run('FUJIAN_WS.write_message("from the new one")');
      expect(await socket.nextText()).toBe('from the new one');
      socket.terminate();
    });

    it('while idle is not the fault of the next request', async () => {
      const python = service.service.app.get(PythonInterpreterService);
      const { generation } = python;
      await service.run(
        [
          'import os, threading',
          'def end():',
          `    ${checkpoint.pass()}`,
          '    os._exit(1)',
          'threading.Thread(target=end).start()',
        ].join('\n'),
      );
      (await checkpoint.arrival()).letThrough();
      await expect.poll(() => python.generation, PATIENTLY).toBe(generation + 1);
      expect(await returned('fujian_return = "threading" in globals()')).toBe('False');
    });
  });

  it('refuses at once what the queue has no room for, and says when to come again', async () => {
    const small = await TestService.start({ httpAdapter, queueLimit: 2 });
    const running = small.post(checkpoint.pass());
    const arrival = await checkpoint.arrival();
    const [waiting, refused] = await settledLast(small.post('print(1)'), small.post('print(2)'));

    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expectHeaders(refused.headers);
    expect(refused.json).toEqual({
      statusCode: 503,
      code: 'FUJIAN_QUEUE_FULL',
      message: expect.stringContaining('2 executions are waiting already') as string,
    });
    const socket = await small.openSocket();
    expect((await socket.run('print(3)')).traceback).toContain('2 executions are waiting already');

    arrival.letThrough();
    expect((await running).status).toBe(200);
    expect((await waiting).status).toBe(200);
    expect((await small.post('print(4)')).status).toBe(200);
    await small.close();
  });

  it('interrupts code that takes longer than the timeout, and says so', async () => {
    const hasty = await TestService.start({ httpAdapter, timeout: 200, interruptGrace: 60_000 });
    const python = hasty.service.app.get(PythonInterpreterService);
    await python.execute('survivor = 1', { timeout: 0 });
    const { status, json } = await hasty.post('print("begun")\nwhile True:\n    pass');

    expect(status).toBe(400);
    expect(json.stdout).toBe('begun\n');
    expect(json.traceback).toMatch(/^Traceback .*KeyboardInterrupt\n/s);
    expect(json.traceback).toContain(
      'ExecutionTimeoutError: the code did not finish within 200 ms and was interrupted',
    );
    expect((await python.execute('fujian_return = survivor', { timeout: 0 })).return).toBe('1');
    await hasty.close();
  });

  it('kills an interpreter that handles the interrupt itself and goes on', async () => {
    const hasty = await TestService.start({ httpAdapter, interruptGrace: 100 });
    const answer = hasty.post(
      `import signal, time\nprint("begun")\nsignal.signal(signal.SIGINT, lambda *_: 0)\n${checkpoint.pass()}\ntime.sleep(60)`,
    );
    (await checkpoint.arrival()).letThrough();
    await hasty.request('/contexts/main/interrupt', { method: 'POST' });
    const { status, json } = await answer;
    expect(status).toBe(500);
    expect(json).toMatchObject({ stdout: 'begun\n', return: '' });
    expect(json.traceback).toContain('did not stop within 100 ms of an interrupt and was killed');
    expect((await hasty.run('print(1)')).stdout).toBe('1\n');
    await hasty.close();
  });
});

function expectHeaders(headers: Headers, origin = 'http://localhost:8000'): void {
  expect(headers.get('server')).toBe(`Fujian/${VERSION}`);
  expect(headers.get('access-control-allow-origin')).toBe(origin);
  expect(headers.get('vary')).toBe('Origin');
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
}

/** Returns the pending one of two requests, and the answer to the other. */
async function settledLast(
  one: Promise<Answer>,
  other: Promise<Answer>,
): Promise<[Promise<Answer>, Answer]> {
  const first = await Promise.race([one.then(() => 'one'), other.then(() => 'other')]);
  return first === 'one' ? [other, await one] : [one, await other];
}
