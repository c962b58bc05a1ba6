import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Checkpoint } from '../support/checkpoint.js';
import { errorIn, ExecuteCall, type Line, printedIn, textIn } from '../support/execute-call.js';
import { LONG_TEXTS } from '../support/long-texts.js';
import { times } from '../support/property.js';
import { adaptersForClients, TestService } from '../support/service.js';

const MEGABYTE = 1024 * 1024;
const SIZE = times(200_000, 5 * MEGABYTE);
/** More than the kernel keeps for a client that does not read. */
const MORE_THAN_SOCKETS_HOLD = 12 * MEGABYTE;

describe.each(adaptersForClients())('long lines of /execute on %s', (httpAdapter) => {
  let service: TestService;
  const connections: Socket[] = [];

  const run = (code: string) => ExecuteCall.lines(service, code);
  const resultOf = (lines: readonly Line[]) => lines.find(({ type }) => type === 'result');

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter });
    service.service.app
      .getHttpServer()
      .on('connection', (connection: Socket) => connections.push(connection));
  });
  afterAll(() => service.close());

  describe.each(LONG_TEXTS)('of $name', ({ python, text }) => {
    const expression = python(SIZE);
    const expected = text(SIZE);

    it('have whole output', async () => {
      const lines = await run(`print(${expression}, end=""); print("next")`);
      expect(printedIn(lines)).toBe(`${expected}next\n`);
    });

    it('have whole displays and values, and the lines after them', async () => {
      const lines = await run(
        `display({"text/html": ${expression}, "x/y": ${expression}}, raw=True); print("after it"); 7`,
      );
      expect(resultOf(lines)).toMatchObject({ html: expected, extra: { 'x/y': expected } });
      expect(lines.slice(-3)).toMatchObject([
        { type: 'stdout', text: 'after it\n' },
        { type: 'result', text: '7', is_main_result: true },
        { type: 'end_of_execution' },
      ]);
    });

    it('have whole messages of Python', async () => {
      const lines = await run(`FUJIAN_WS.write_message(${expression})`);
      expect(textIn(lines.find(({ type }) => type === 'push'))).toBe(expected);
    });
  });

  it('have whole pictures and messages of bytes', async () => {
    const lines = await run(
      `display({"image/png": b"a\\xff" * ${SIZE}}, raw=True)
FUJIAN_WS.write_message(b"a\\xff" * ${SIZE}, binary=True)`,
    );
    const base64 = Buffer.alloc(2 * SIZE, Buffer.of(0x61, 0xff)).toString('base64');
    expect(resultOf(lines)).toMatchObject({ png: base64 });
    expect(lines.find(({ type }) => type === 'push')).toMatchObject({ data: base64 });
  });

  it('have whole JSON, as Python wrote it', async () => {
    const lines = await run(`display({"application/json": {"a": ["é"] * ${SIZE}}}, raw=True); 7`);
    expect(resultOf(lines)).toMatchObject({ json: { a: Array.from({ length: SIZE }, () => 'é') } });
    expect(lines.at(-1)).toEqual({ type: 'end_of_execution' });
  });

  it('have an error whose message is long', async () => {
    const lines = await run(`raise SystemExit("😀" * 100_000)`);
    expect(errorIn(lines)).toMatchObject({ value: '😀'.repeat(100_000) });
  });

  it('have the output from between executions first', async () => {
    const checkpoint = await Checkpoint.build();
    onTestFinished(() => checkpoint.tearDown());
    await service.run(`import threading
def work():
    ${checkpoint.pass()}
    print("é" * ${SIZE}, end="")
thread = threading.Thread(target=work)
thread.start()`);
    (await checkpoint.arrival()).letThrough();
    const lines = await run('thread.join(); print("then this"); 7');
    expect(printedIn(lines)).toBe(`${'é'.repeat(SIZE)}then this\n`);
    expect(lines.at(-1)).toEqual({ type: 'end_of_execution' });
  });

  it('are sent as the client reads them, and others are answered meanwhile', async () => {
    const shows = `display({"text/html": chr(0) * ${MORE_THAN_SOCKETS_HOLD}}, raw=True)`;
    const slow = await ExecuteCall.start(service, shows);
    await slow.nextOf('number_of_executions');
    slow.response.pause();
    expect((await service.request('/')).status).toBe(200);
    const unsent = connections.map(({ writableLength }) => writableLength);
    expect(Math.max(...unsent)).toBeLessThan(4 * MEGABYTE);
    expect(await slow.nextOf('result')).toMatchObject({
      html: '\0'.repeat(MORE_THAN_SOCKETS_HOLD),
    });
    expect((await slow.rest()).at(-1)).toEqual({ type: 'end_of_execution' });
  });

  it('that a client does not wait for hold up nobody', async () => {
    const leaving = await ExecuteCall.start(
      service,
      `display({"text/html": chr(0) * ${MORE_THAN_SOCKETS_HOLD}}, raw=True)`,
    );
    leaving.hangUp();
    expect(printedIn(await run('print("served")'))).toBe('served\n');
  });
});
