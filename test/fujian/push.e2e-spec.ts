import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Checkpoint } from '../support/checkpoint.js';
import { times } from '../support/property.js';
import { ADAPTERS, TestService } from '../support/service.js';
import type { TestSocket } from '../support/test-socket.js';

const NOTHING = { stdout: '', stderr: '', return: '' };
const MIB = 1024 * 1024;
/** Timeout for events that certainly come, even on a busy machine. */
const PATIENTLY = { timeout: 60_000 };

describe.each(ADAPTERS)('FUJIAN_WS on %s', (httpAdapter) => {
  let service: TestService;
  let checkpoint: Checkpoint;
  const sockets: TestSocket[] = [];

  async function open(): Promise<TestSocket> {
    const socket = await service.openSocket();
    sockets.push(socket);
    return socket;
  }

  /** Closes a socket. Later executions find it closed. */
  async function close(socket: TestSocket): Promise<void> {
    socket.send('while FUJIAN_WS.is_open(): pass');
    socket.socket.close();
    await socket.closed;
  }

  const returned = async (code: string) => (await service.run(code)).return;

  /** Runs Python lines in a thread that first waits at the checkpoint. */
  const inThread = (...lines: string[]) =>
    [
      'import threading',
      'def work():',
      `    ${checkpoint.pass()}`,
      ...lines.map((line) => `    ${line}`),
      'threading.Thread(target=work).start()',
    ].join('\n');

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter });
    await service.run('import fujian');
  });
  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
  });
  afterEach(async () => {
    checkpoint.tearDown();
    for (const socket of sockets.splice(0)) socket.terminate();
    await expect
      .poll(() => returned('fujian_return = FUJIAN_WS.is_open()'), PATIENTLY)
      .toBe('False');
  });
  afterAll(() => service.close());

  describe('is', () => {
    it('there before any socket was, and closed', async () => {
      const fresh = await TestService.start({ httpAdapter });
      expect((await fresh.run('fujian_return = FUJIAN_WS.is_open()')).return).toBe('False');
      const { status, json } = await fresh.post('FUJIAN_WS.write_message("to nobody")');
      expect(status).toBe(400);
      expect(json.traceback).toMatch(/\nfujian\.WebSocketClosedError: no WebSocket is open/);
      expect(json.traceback).not.toContain('_fujian');
      await fresh.close();
    });

    it('open while a socket is, and closed after', async () => {
      const socket = await open();
      expect(await returned('fujian_return = FUJIAN_WS.is_open()')).toBe('True');
      await close(socket);
      expect(await returned('fujian_return = FUJIAN_WS.is_open()')).toBe('False');
    });

    it('known to be closed while code runs', async () => {
      const [leaving, staying] = [await open(), await open()];
      leaving.send(
        `${checkpoint.pass('FUJIAN_WS.is_open()')}\nwhile FUJIAN_WS.is_open(): pass\n${checkpoint.pass('FUJIAN_WS.is_open()')}`,
      );
      const before = await checkpoint.arrival();
      expect(before.word).toBe('True');
      before.letThrough();
      leaving.socket.close();
      const after = await checkpoint.arrival();
      expect(after.word).toBe('False');
      after.letThrough();
      expect(await staying.run('fujian_return = FUJIAN_WS.is_open()')).toEqual({
        ...NOTHING,
        return: 'True',
      });
    });

    it('known to be closed also when the client just vanished', async () => {
      const socket = await open();
      socket.send(
        `${checkpoint.pass()}\nwhile FUJIAN_WS.is_open(): pass\n${checkpoint.pass('"gone"')}`,
      );
      (await checkpoint.arrival()).letThrough();
      socket.terminate();
      const after = await checkpoint.arrival();
      expect(after.word).toBe('gone');
      after.letThrough();
    });

    it('known to be open while code runs that began without', async () => {
      const running = service.post(
        `${checkpoint.pass('FUJIAN_WS.is_open()')}\nwhile not FUJIAN_WS.is_open(): pass\nFUJIAN_WS.write_message("found")`,
      );
      const arrival = await checkpoint.arrival();
      expect(arrival.word).toBe('False');
      arrival.letThrough();
      const socket = await open();
      expect(await socket.nextText()).toBe('found');
      expect((await running).status).toBe(200);
    });

    it('put back where code takes it away', async () => {
      const socket = await open();
      await socket.run('FUJIAN_WS = None; print(1)');
      await socket.run('del FUJIAN_WS; print(1)');
      socket.send('FUJIAN_WS.write_message("there")');
      expect(await socket.nextText()).toBe('there');
    });
  });

  describe('writes to', () => {
    it('the socket that the code came over', async () => {
      const [one, two, three] = [await open(), await open(), await open()];
      for (const socket of [two, one, three]) {
        socket.send('FUJIAN_WS.write_message("yours"); fujian_return = "done"');
        expect(await socket.nextText()).toBe('yours');
        expect((await socket.nextReply()).return).toBe('done');
      }
      expect([one.unread, two.unread, three.unread]).toEqual([0, 0, 0]);
    });

    it('the latest that is open, from code that came over HTTP', async () => {
      const [one, two, three] = [await open(), await open(), await open()];
      const push = (text: string) => service.run(`FUJIAN_WS.write_message("${text}")`);
      await push('to three');
      expect(await three.nextText()).toBe('to three');
      await one.run('print("a run does not make it the latest")');
      await push('to three again');
      expect(await three.nextText()).toBe('to three again');
      await close(two);
      await close(three);
      await push('to one');
      expect(await one.nextText()).toBe('to one');
      await close(one);
      expect((await service.post('FUJIAN_WS.write_message("")')).json.traceback).toContain(
        'WebSocketClosedError',
      );
    });

    it('nobody else when its own has closed: WebSocketClosedError', async () => {
      const [leaving, staying] = [await open(), await open()];
      leaving.send(
        [
          'caught = None',
          'while FUJIAN_WS.is_open(): pass',
          'try:',
          '    FUJIAN_WS.write_message("too late")',
          'except fujian.WebSocketClosedError as error:',
          '    caught = error',
        ].join('\n'),
      );
      leaving.socket.close();
      expect((await staying.run('fujian_return = repr(caught)')).return).toContain(
        'WebSocketClosedError(',
      );
      expect(staying.unread).toBe(0);
    });

    it('the latest, from a thread between runs', async () => {
      const [older, latest] = [await open(), await open()];
      expect(await older.run(`${inThread('FUJIAN_WS.write_message("hi")')}\nprint(1)`)).toEqual({
        ...NOTHING,
        stdout: '1\n',
      });
      (await checkpoint.arrival()).letThrough();
      expect(await latest.nextText()).toBe('hi');
      expect(older.unread).toBe(0);
    });

    it('one that opened after the thread began', async () => {
      await service.run(inThread('FUJIAN_WS.write_message("welcome")'));
      const socket = await open();
      // Python knows the socket when it has run an execution that came later.
      await socket.run('print(1)');
      (await checkpoint.arrival()).letThrough();
      expect(await socket.nextText()).toBe('welcome');
    });

    it('the socket of the run, from a thread during it', async () => {
      const [one, latest] = [await open(), await open()];
      one.send(
        'import threading\nt = threading.Thread(target=lambda: FUJIAN_WS.write_message("mine"))\nt.start(); t.join()',
      );
      expect(await one.nextText()).toBe('mine');
      expect(latest.unread).toBe(0);
    });

    it('nobody, from a thread when none is open: WebSocketClosedError there', async () => {
      await service.run(
        inThread(
          'try:',
          '    FUJIAN_WS.write_message("")',
          'except Exception as error:',
          `    ${checkpoint.pass('type(error).__name__')}`,
        ),
      );
      (await checkpoint.arrival()).letThrough();
      const { word, letThrough } = await checkpoint.arrival();
      expect(word).toBe('WebSocketClosedError');
      letThrough();
    });

    it('the sockets that were open before, from a new interpreter', async () => {
      const [older, latest] = [await open(), await open()];
      await service.post('import os; os._exit(1)');
      for (const socket of [older, latest]) {
        expect((await socket.nextReply()).traceback).toMatch(/^The Python interpreter ended/);
      }
      await service.run('import fujian; FUJIAN_WS.write_message("new")');
      expect(await latest.nextText()).toBe('new');
      await close(latest);
      await service.run('FUJIAN_WS.write_message("new")');
      expect(await older.nextText()).toBe('new');
    });
  });

  describe('write_message', () => {
    it.each([
      ['a str as it is', '"héllo 福建 🎹 \\0"', 'héllo 福建 🎹 \0'],
      ['an empty str', '""', ''],
      ['a dict as JSON', '{"é": ["福", None, True, 1.5]}', '{"é": ["福", null, true, 1.5]}'],
      ['a dict with numbers for keys', '{1: {}}', '{"1": {}}'],
      ['bytes as text', '"é".encode()', 'é'],
    ])('sends %s', async (_what, message, expected) => {
      const socket = await open();
      socket.send(`FUJIAN_WS.write_message(${message})`);
      const { data, isBinary } = await socket.next();
      expect({ isBinary, text: data.toString() }).toEqual({ isBinary: false, text: expected });
    });

    it.each([
      ['bytes', 'bytes(range(256))'],
      ['a bytearray', 'bytearray(range(256))'],
      ['a memoryview', 'memoryview(bytes(range(256)))'],
    ])('sends %s as a binary frame with binary=True', async (_what, message) => {
      const socket = await open();
      socket.send(`FUJIAN_WS.write_message(${message}, binary=True)`);
      const { data, isBinary } = await socket.next();
      expect(isBinary).toBe(true);
      expect([...data]).toEqual(Array.from({ length: 256 }, (_, byte) => byte));
    });

    it('sends a str as UTF-8 with binary=True', async () => {
      const socket = await open();
      socket.send('FUJIAN_WS.write_message("é", True)');
      const { data, isBinary } = await socket.next();
      expect({ isBinary, text: data.toString() }).toEqual({ isBinary: true, text: 'é' });
    });

    it.each([
      ['NaN', '{"a": float("nan")}', 'ValueError'],
      ['infinity', '{"a": [float("-inf")]}', 'ValueError'],
      ['what JSON cannot hold', '{"a": object()}', 'TypeError'],
      ['a dict that holds itself', 'loop', 'ValueError'],
      ['a list', '[1, 2]', 'TypeError'],
      ['a number', '1', 'TypeError'],
      ['None', 'None', 'TypeError'],
      ['a lone surrogate', '"\\ud800"', 'UnicodeEncodeError'],
      ['a lone surrogate in a dict', '{"a": "\\ud800"}', 'UnicodeEncodeError'],
      ['bytes that are no text', 'b"\\xff"', 'UnicodeDecodeError'],
    ])('raises at the call for %s, and sends nothing', async (_what, message, type) => {
      const socket = await open();
      const { traceback } = await socket.run(
        `loop = {}; loop["a"] = loop\nFUJIAN_WS.write_message(${message})`,
      );
      expect(traceback).toContain(`FUJIAN_WS.write_message(${message})`);
      expect(traceback?.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^${type}: `));
      expect((await socket.run('print("next")')).stdout).toBe('next\n');
    });

    const messages = times(2_000, 10_000);
    it(`keeps ${messages} messages in their order, and before the reply`, async () => {
      const socket = await open();
      socket.send(
        `for number in range(${messages}): FUJIAN_WS.write_message(str(number))\nfujian_return = "last"`,
      );
      for (let number = 0; number < messages; number++) {
        expect(await socket.nextText()).toBe(String(number));
      }
      expect((await socket.nextReply()).return).toBe('last');
    });

    it('keeps the order of each of several threads', async () => {
      const socket = await open();
      socket.send(
        [
          'import threading',
          'def push(name):',
          '    for number in range(1_000): FUJIAN_WS.write_message("%s %d" % (name, number))',
          'threads = [threading.Thread(target=push, args=(name,)) for name in "abcd"]',
          'for thread in threads: thread.start()',
          'for thread in threads: thread.join()',
          'fujian_return = "last"',
        ].join('\n'),
      );
      const pushed: Record<string, number[]> = { a: [], b: [], c: [], d: [] };
      let message = await socket.nextText();
      for (; !message.startsWith('{'); message = await socket.nextText()) {
        const [name, number] = message.split(' ') as [string, string];
        pushed[name]!.push(Number(number));
      }
      expect(JSON.parse(message)).toEqual({ ...NOTHING, return: 'last' });
      const all = Array.from({ length: 1_000 }, (_, number) => number);
      expect(pushed).toEqual({ a: all, b: all, c: all, d: all });
    });

    it('sends before the answer to the HTTP request that wrote', async () => {
      const socket = await open();
      await service.run('for number in range(100): FUJIAN_WS.write_message(str(number))');
      // Written to the socket before the answer was; both came over loopback.
      for (let number = 0; number < 100; number++) {
        expect(await socket.nextText()).toBe(String(number));
      }
    });

    const megabytes = times(10, 50);
    it(`sends ${megabytes} MB in one message`, async () => {
      const socket = await open();
      socket.send(`FUJIAN_WS.write_message("é" * ${megabytes * 500_000})`);
      expect((await socket.next()).data).toHaveLength(megabytes * 1_000_000);
    });

    it('sends while the code still runs', async () => {
      const socket = await open();
      socket.send(`FUJIAN_WS.write_message("begun"); ${checkpoint.pass()}; print("ended")`);
      expect(await socket.nextText()).toBe('begun');
      (await checkpoint.arrival()).letThrough();
      expect((await socket.nextReply()).stdout).toBe('ended\n');
    });
  });

  describe('a client that does not read', () => {
    const sent = times(100, 200);
    it('makes Python wait, and gets everything when it reads again', async () => {
      const socket = await open();
      await socket.run('print(1)');
      let [count, inOrder] = [0, true];
      const reply = new Promise<string>((resolve) => {
        socket.socket.on('message', (data: Buffer, isBinary: boolean) => {
          if (!isBinary) resolve(data.toString());
          else inOrder &&= data.length === MIB && data.readUInt32LE(0) === count++;
        });
      });
      socket.socket.pause();
      // There is no event for a waiting Python: it is taken to wait when nothing has come for a while.
      socket.send(
        [
          'import struct, threading, time',
          'sent = 0',
          'def watch():',
          '    seen = -1',
          '    while seen != sent or sent == 0:',
          '        seen = sent',
          '        time.sleep(0.3)',
          `    ${checkpoint.pass('sent')}`,
          'threading.Thread(target=watch).start()',
          `for number in range(${sent}):`,
          `    FUJIAN_WS.write_message(struct.pack("<I", number) + bytes(${MIB - 4}), binary=True)`,
          '    sent += 1',
          'fujian_return = sent',
        ].join('\n'),
      );
      const stalled = await checkpoint.arrival();
      stalled.letThrough();

      // The limit in MiB for all buffers together.
      expect(Number(stalled.word)).toBeLessThan(40);
      socket.socket.resume();
      expect(JSON.parse(await reply)).toEqual({ ...NOTHING, return: String(sent) });
      expect({ count, inOrder }).toEqual({ count: sent, inOrder: true });
      while (socket.unread > 0) await socket.next();
    });

    it('does not hold Python for ever when it leaves', async () => {
      const [stuck, other] = [await open(), await open()];
      await stuck.run('print(1)');
      stuck.socket.pause();
      stuck.send(
        `${checkpoint.pass()}\ntry:\n    for _ in range(200): FUJIAN_WS.write_message(bytes(${MIB}), binary=True)\nexcept fujian.WebSocketClosedError: pass`,
      );
      (await checkpoint.arrival()).letThrough();
      other.send('print("at last")');
      stuck.terminate();
      expect((await other.nextReply()).stdout).toBe('at last\n');
    });

    it('is not read from either, once its replies pile up', async () => {
      const socket = await open();
      await socket.run('big = "x" * 1_000_000; runs = 0; print(1)');
      socket.socket.pause();
      const runs = () => settled(async () => Number(await returned('fujian_return = runs')));
      let sent = 0;
      do {
        socket.send('runs += 1; fujian_return = big');
        sent += 1;
      } while (sent < 100 && (await runs()) === sent);
      socket.socket.resume();

      expect(sent).toBeLessThan(100);
      for (let number = 0; number < sent; number++) {
        expect((await socket.next()).data.length).toBeGreaterThan(1_000_000);
      }
    });
  });

  describe('output of a thread between runs', () => {
    it('goes to all open sockets, in the ordinary shape', async () => {
      const [one, two] = [await open(), await open()];
      await service.run(inThread('import sys; sys.stdout.write("later é\\n")'));
      (await checkpoint.arrival()).letThrough();
      for (const socket of [one, two]) {
        expect(await socket.nextText()).toBe(JSON.stringify({ ...NOTHING, stdout: 'later é\n' }));
      }
    });

    it('goes there also when it is stderr, or of a subprocess', async () => {
      const socket = await open();
      await service.run(inThread('import os; os.system("echo from the shell >&2")'));
      (await checkpoint.arrival()).letThrough();
      expect(await socket.nextReply()).toEqual({ ...NOTHING, stderr: 'from the shell\n' });
    });

    it('of an exception there is its traceback', async () => {
      const socket = await open();
      await service.run(inThread('1 / 0'));
      (await checkpoint.arrival()).letThrough();
      let text = '';
      while (!text.includes('ZeroDivisionError')) text += (await socket.nextReply()).stderr;
      expect(text).toContain('Exception in thread');
    });

    it('comes before the output of the next run when no socket is open', async () => {
      await service.run(inThread('print("kept")', checkpoint.pass('"printed"')));
      (await checkpoint.arrival()).letThrough();
      (await checkpoint.arrival()).letThrough();
      expect(await service.run('print("mine")')).toEqual({
        ...NOTHING,
        stdout: 'kept\nmine\n',
      });
      expect((await service.run('print("next")')).stdout).toBe('next\n');
    });

    it('during a run is part of its output', async () => {
      const socket = await open();
      await socket.run(`${inThread('print("thread")', checkpoint.pass('"printed"'))}\nprint(1)`);
      const running = service.run(checkpoint.pass('"main"'));
      const [thread, main] = await inOrderOfWords(checkpoint, ['here', 'main']);
      thread!.letThrough();
      (await checkpoint.arrival()).letThrough();
      main!.letThrough();
      expect((await running).stdout).toBe('thread\n');
      expect(socket.unread).toBe(0);
    });
  });
});

/** Returns the arrivals with these words, in the order of the words. */
async function inOrderOfWords(checkpoint: Checkpoint, words: readonly string[]) {
  const arrivals = await Promise.all(words.map(() => checkpoint.arrival()));
  return words.map((wanted) => arrivals.find(({ word }) => word === wanted));
}

/** Polls `look` until it returns the same value ten times; returns that value. */
async function settled<Value>(look: () => Promise<Value>): Promise<Value> {
  let last = await look();
  for (let same = 1; same < 10;) {
    const next = await look();
    same = next === last ? same + 1 : 1;
    last = next;
  }
  return last;
}
