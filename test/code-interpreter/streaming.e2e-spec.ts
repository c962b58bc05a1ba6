import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CodeInterpreterModule } from '../../src/protocols.js';
import { Host } from '../embedding/host.js';
import { Checkpoint } from '../support/checkpoint.js';
import {
  errorIn,
  ExecuteCall,
  type Line,
  mainResultIn,
  printedIn,
  resultsIn,
  textIn,
} from '../support/execute-call.js';
import { RawConnection } from '../support/raw-connection.js';
import { ADAPTERS, TestService } from '../support/service.js';

const BODY_LIMIT = 64 * 1024;
const QUEUE_LIMIT = 3;

describe.each(ADAPTERS)('POST /execute on %s', (httpAdapter) => {
  let service: TestService;
  let checkpoint: Checkpoint;

  const warnings: string[] = [];
  const note = ({ name, message }: Error) => void warnings.push(`${name}: ${message}`);

  beforeAll(async () => {
    process.on('warning', note);
    service = await TestService.start({
      httpAdapter,
      bodyLimit: BODY_LIMIT,
      queueLimit: QUEUE_LIMIT,
      interruptGrace: 60_000, // long enough that no test depends on it
    });
  });
  afterAll(async () => {
    process.off('warning', note);
    await service.close();
    expect(warnings).toEqual([]); // such as those about leaking listeners
  });
  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
  });
  afterEach(() => checkpoint.tearDown());

  const start = (body: string | object) => ExecuteCall.start(service, body);
  const lines = (body: string | object) => ExecuteCall.lines(service, body);
  const post = (body: string, headers: Record<string, string> = {}) =>
    service.request('/execute', { method: 'POST', body, headers });
  const create = async () => {
    const { json } = await service.request('/contexts', { method: 'POST' });
    return (json as unknown as { id: string }).id;
  };
  const free = () => lines('"free"').then((answer) => mainResultIn(answer)?.['text']);

  /** Sends a request on a connection of its own. */
  async function connected(code: string): Promise<RawConnection> {
    const connection = await RawConnection.open(service.port);
    const body = JSON.stringify({ code });
    const headers = [['Host', 'localhost']] as const;
    connection.request({ method: 'POST', target: '/execute', headers, body });
    return connection;
  }

  describe('answers', () => {
    it('with lines of JSON in ASCII, which no proxy keeps or holds back', async () => {
      const body = JSON.stringify({ code: 'print("ä\\u2028😀\\n", end="")\n"ß"' });
      const { status, headers, text } = await post(body);
      expect(status).toBe(200);
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': expect.stringMatching(/^application\/json\b/),
        'cache-control': 'no-cache',
        'x-accel-buffering': 'no',
        'transfer-encoding': 'chunked',
        'access-control-allow-origin': 'http://localhost:8000',
        server: expect.stringMatching(/^Fujian\//),
      });
      expect(text).toMatch(/^([ -~]+\n)+$/);
      const all = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
      expect(all).toEqual([
        { type: 'number_of_executions', execution_count: expect.any(Number) },
        { type: 'stdout', text: 'ä\u2028😀\n', timestamp: expect.any(Number) },
        { type: 'result', text: "'ß'", is_main_result: true },
        { type: 'end_of_execution' },
      ]);
    });

    it('with the time of each line of output, in nanoseconds', async () => {
      const before = Date.now();
      const printed = (await lines('print(1)')).find(({ type }) => type === 'stdout');
      const time = (printed?.['timestamp'] as number) / 1e6;
      expect(time).toBeGreaterThanOrEqual(before);
      expect(time).toBeLessThan(Date.now() + 1); // which is cut to milliseconds
    });

    it.each([
      ['code that does nothing', 'pass'],
      ['code that raises', 'print(1); display(2); 1 / 0'],
      ['code that is no Python', 'no no no'],
      ['code that prints in a thread', 'import threading; threading.Thread(target=print).start()'],
      ['an interpreter that dies', 'print(1, flush=True); import os; os._exit(3)'],
      ['no code', ''],
    ])('first with the number, last with the end: %s', async (_, code) => {
      const types = (await lines({ code, context_id: await create() })).map(({ type }) => type);
      expect(types[0]).toBe('number_of_executions');
      expect(types.at(-1)).toBe('end_of_execution');
      expect(types.filter((type) => /^(number|end)_of/.test(type))).toHaveLength(2);
    });

    it('before the code has ended, also with part of a line', async () => {
      const call = await start(
        `print("whole\\npart", end=""); ${checkpoint.pass()}\nprint("rest")`,
      );
      expect(await call.next()).toMatchObject({ type: 'number_of_executions' });
      expect(await call.next()).toMatchObject({ type: 'stdout', text: 'whole\npart' });
      const { letThrough } = await checkpoint.arrival();
      letThrough();
      expect(printedIn(await call.rest())).toBe('rest\n');
    });

    it('with its head and number before the code has shown anything', async () => {
      const call = await start(checkpoint.pass());
      expect(await call.next()).toMatchObject({ type: 'number_of_executions' });
      (await checkpoint.arrival()).letThrough();
      expect((await call.rest()).at(-1)).toEqual({ type: 'end_of_execution' });
    });

    it('with all that is printed, in order', async () => {
      const all = await lines('for n in range(10_000): print(n)');
      const expected = Array.from({ length: 10_000 }, (_, n) => `${n}\n`).join('');
      expect(printedIn(all) === expected).toBe(true);
    });

    it('with what is shown in order with what is printed', async () => {
      const code = `import os
for n in range(100):
  print("a", n)
  display(n)
  os.write(1, f"b {n}\\n".encode())
  display(-n)`;
      const told = (await lines(code)).map((line) =>
        line.type === 'result' ? `${textIn(line)}\n` : textIn(line),
      );
      const expected = Array.from({ length: 100 }, (_, n) => `a ${n}\n${n}\nb ${n}\n${0 - n}\n`);
      expect(told.join('') === expected.join('')).toBe(true);
    });

    it('with what a subprocess prints before what is shown after it', async () => {
      const told = await lines('!echo one\ndisplay(2)\n!echo three');
      expect(told.map((line) => textIn(line)).join('|')).toMatch(/^\|one\n\|2\|three\n\|$/);
    });

    it('with what is pushed, in a line that the SDKs pass over', async () => {
      const all = await lines('FUJIAN_WS.write_message({"n": 1})').catch(() => []);
      expect(all.find(({ type }) => type === 'push' || type === 'error')).toMatchObject({
        type: 'push',
        text: '{"n": 1}',
      });
    });
  });

  describe('a client that hangs up', () => {
    it.each([
      ['that runs', 'while True: int()'],
      ['that awaits', 'import asyncio; await asyncio.sleep(300)'],
      ['that prints', 'while True: print("x" * 1000)'],
      ['that displays', 'while True: display("x" * 1000)'],
    ])('interrupts its code %s, and costs no variable', async (_, code) => {
      await lines('kept = 1');
      const call = await start(`${checkpoint.pass()}\n${code}`);
      (await checkpoint.arrival()).letThrough();
      call.hangUp();
      expect(mainResultIn(await lines('kept'))?.['text']).toBe('1');
    });

    it('while its code waits for its turn has it never run', async () => {
      await lines('ran = False');
      const first = await start(checkpoint.pass());
      const arrival = await checkpoint.arrival();
      const second = await connected('ran = True');
      await untilPending(2);
      second.socket.resetAndDestroy();
      await service.request('/health'); // once this is answered, the service knows
      arrival.letThrough();
      await first.rest();
      expect(mainResultIn(await lines('ran'))?.['text']).toBe('False');
    });

    it('interrupts the code of its context alone', async () => {
      const id = await create();
      const other = await start({
        code: `${checkpoint.pass()}; ${checkpoint.pass()}; "done"`,
        context_id: id,
      });
      (await checkpoint.arrival()).letThrough();
      const arrival = await checkpoint.arrival();
      const call = await start('while True: int()');
      await call.next();
      call.hangUp();
      expect(await free()).toBe("'free'");
      arrival.letThrough();
      expect(mainResultIn(await other.rest())?.['text']).toBe("'done'");
    });
  });

  it('answers a client whole that has said that it sends no more', async () => {
    const connection = await connected(`print("a"); ${checkpoint.pass()}; print("b"); "c"`);
    const arrival = await checkpoint.arrival();
    connection.finish();
    // The service asks such a client for a sign of life before the code goes on.
    await untilIncludes(connection, 'keepalive');
    arrival.letThrough();
    const { text } = await connection.answer();
    const all = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    expect(errorIn(all)).toBeUndefined();
    expect(printedIn(all)).toBe('a\nb\n');
    expect(mainResultIn(all)?.['text']).toBe("'c'");
    expect(all.at(-1)).toEqual({ type: 'end_of_execution' });
    connection.close();
  });

  it('interrupts for a client that says that it sends no more, and goes', async () => {
    const connection = await connected(`${checkpoint.pass()}\nwhile True: int()`);
    (await checkpoint.arrival()).letThrough();
    connection.finish();
    connection.close();
    expect(await free()).toBe("'free'");
  });

  describe('a client that does not read', () => {
    // There is no event for waiting code: it is taken to wait when no output has come for a while.
    const flood = (what: string) => `import threading, time
sent = 0
def watch():
  seen = -1
  while seen != sent or sent == 0:
    seen = sent
    time.sleep(0.3)
  ${checkpoint.pass('sent')}
threading.Thread(target=watch).start()
for sent in range(1, 2048): ${what}`;

    it.each([
      ['prints', 'print("x" * (1 << 20))'],
      ['displays', 'display({"text/plain": "x" * (1 << 20)}, raw=True)'],
    ])('has the code wait that %s: little is on its way, in all buffers', async (_, what) => {
      const id = await create();
      const socket = await paused(service.port, { code: flood(what), context_id: id });
      const { word, letThrough } = await checkpoint.arrival();
      expect(Number(word)).toBeLessThan(96); // MiB
      letThrough();
      socket.destroy();
      expect(mainResultIn(await lines({ code: '1', context_id: id }))?.['text']).toBe('1');
    });
  });

  describe('executions', () => {
    it('of two contexts do not wait for each other', async () => {
      const [one, other] = [await create(), await create()];
      const waiting = await start({ code: checkpoint.pass(), context_id: one });
      const arrival = await checkpoint.arrival();
      expect(mainResultIn(await lines({ code: '1', context_id: other }))?.['text']).toBe('1');
      arrival.letThrough();
      expect((await waiting.rest()).at(-1)).toEqual({ type: 'end_of_execution' });
    });

    it('of one context run one at a time, in the order of their arrival', async () => {
      await lines('order = []');
      const first = await start(`${checkpoint.pass()}; order.append(1)`);
      const arrival = await checkpoint.arrival();
      const second = lines('order.append(2)');
      await untilPending(2);
      const third = lines('order.append(3); order');
      await untilPending(3);
      arrival.letThrough();
      await Promise.all([first.rest(), second]);
      expect(mainResultIn(await third)?.['text']).toBe('[1, 2, 3]');
    });

    it('one too many is refused with 503 and the time to wait, before any line', async () => {
      const waiting = [await start(checkpoint.pass())];
      const arrival = await checkpoint.arrival();
      const others = [lines('1'), lines('2')];
      await untilPending(QUEUE_LIMIT);
      const { status, headers, json } = await post(JSON.stringify({ code: '3' }));
      expect([status, json.code]).toEqual([503, 'FUJIAN_QUEUE_FULL']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      arrival.letThrough();
      await Promise.all([waiting[0]!.rest(), ...others]);
    });
  });

  describe('refuses', () => {
    it.each([
      ['a page from elsewhere', '{"code": ""}', { Origin: 'https://evil.test' }, 403],
      ['a page without an origin', '{"code": ""}', { Origin: 'null' }, 403],
      ['broken JSON', '{"code": ', {}, 400],
      ['JSON that is no object', '["code"]', {}, 400],
      ['a body without code', '{}', {}, 400],
      ['code that is no text', '{"code": 1}', {}, 400],
      ['variables that are no text', '{"code": "", "env_vars": {"A": 1}}', {}, 400],
      ['a context that is not there', '{"code": "", "context_id": "nobody"}', {}, 404],
      ['a body over the limit', JSON.stringify({ code: `#${'x'.repeat(BODY_LIMIT)}` }), {}, 413],
    ])('%s', async (_, body, headers, status) => {
      expect((await post(body, headers)).status).toBe(status);
    });

    it('a foreign page before it has sent its body', async () => {
      const connection = await RawConnection.open(service.port);
      connection.send(
        'POST /execute HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.test\r\nContent-Length: 9\r\n\r\n',
      );
      expect((await connection.answer()).status).toBe(403);
      connection.close();
    });

    it('other methods', async () => {
      const { status, headers } = await service.request('/execute');
      expect([status, headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    });

    it('no body just below the limit', async () => {
      const code = `#${'x'.repeat(BODY_LIMIT - 100)}`;
      expect((await post(JSON.stringify({ code }))).status).toBe(200);
    });
  });

  it('takes members that are null as not there', async () => {
    const all = await lines({ code: '1', context_id: null, language: null, env_vars: null });
    expect(resultsIn(all)).toHaveLength(1);
  });

  it('is granted to local pages', async () => {
    const { status, headers } = await service.request('/execute', { method: 'OPTIONS' });
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-methods')).toContain('POST');
  });

  it('has a health beside it', async () => {
    const { status, json } = await service.request('/health');
    expect([status, json]).toEqual([200, 'OK']);
  });

  /** Waits until `main` has this number of running and waiting executions. */
  async function untilPending(count: number): Promise<void> {
    for (;;) {
      const { json } = await service.request('/contexts/main');
      if ((json as unknown as { pending: number }).pending === count) return;
    }
  }
});

describe.each(ADAPTERS)('POST /execute on %s, when nothing happens for long', (platform) => {
  let host: Host;
  let checkpoint: Checkpoint;

  beforeAll(async () => {
    host = await Host.start({
      platform,
      imports: [CodeInterpreterModule.register({ keepAlive: 20 })],
    });
    checkpoint = await Checkpoint.build();
  });
  afterAll(async () => {
    checkpoint.tearDown();
    await host.close();
  });

  const start = (code: string) =>
    ExecuteCall.start(host, code, { 'Content-Type': 'application/json' });

  it('says that it goes on, again and again', async () => {
    const call = await start(`${checkpoint.pass()};`);
    await call.nextOf('number_of_executions');
    for (let n = 0; n < 3; n++) expect(await call.next()).toEqual({ type: 'keepalive' });
    (await checkpoint.arrival()).letThrough();
    const rest = await call.rest();
    expect(rest.at(-1)).toEqual({ type: 'end_of_execution' });
    expect(rest.slice(0, -1).every(({ type }) => type === 'keepalive')).toBe(true);
  });

  it('says so to those that wait for their turn', async () => {
    const first = await start(checkpoint.pass());
    const arrival = await checkpoint.arrival();
    const second = await start('1');
    expect(await second.next()).toEqual({ type: 'keepalive' });
    arrival.letThrough();
    const rest = (await second.rest()).filter(({ type }) => type !== 'keepalive');
    expect(rest.map(({ type }) => type)).toEqual([
      'number_of_executions',
      'result',
      'end_of_execution',
    ]);
    await first.rest();
  });
});

/** Opens a connection whose client has sent a request and reads nothing. */
async function paused(port: number, body: object): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.pause();
  const json = JSON.stringify(body);
  socket.write(
    `POST /execute HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${json.length}\r\n\r\n${json}`,
  );
  return socket;
}

async function untilIncludes(connection: RawConnection, text: string): Promise<void> {
  while (!connection.pending.includes(text)) {
    await once(connection.socket, 'data');
  }
}
