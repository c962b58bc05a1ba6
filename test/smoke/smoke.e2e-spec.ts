import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Checkpoint } from '../support/checkpoint.js';
import { ExecuteCall, mainResultIn, printedIn } from '../support/execute-call.js';
import { TestPython } from '../support/python.js';
import { ADAPTERS, TestService } from '../support/service.js';

// One test of each thing that users do. `npm run test:quick` runs them, and `npm run test:all` on each
// version of Node.

describe.each(ADAPTERS)('the service on %s', (httpAdapter) => {
  let service: TestService;

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter });
  });
  afterAll(() => service.close());

  it('answers a ping', async () => {
    const { status, text } = await service.request('/');
    expect({ status, text }).toEqual({ status: 200, text: '' });
  });

  it('runs code over HTTP, in one namespace', async () => {
    await service.run('kept = 41');
    const { status, json } = await service.post('print("hello"); fujian_return = kept + 1');
    expect({ status, json }).toEqual({
      status: 200,
      json: { stdout: 'hello\n', stderr: '', return: '42' },
    });
  });

  it('answers an exception with 400 and its traceback', async () => {
    const { status, json } = await service.post('1 / 0');
    expect(status).toBe(400);
    expect(json.traceback).toMatch(/^Traceback[^]*ZeroDivisionError: division by zero\n$/);
  });

  it('runs code over a WebSocket, and pushes what Python sends', async () => {
    const socket = await service.openSocket();
    socket.send('FUJIAN_WS.write_message("pushed"); print("done")');
    expect(await socket.nextText()).toBe('pushed');
    expect((await socket.nextReply()).stdout).toBe('done\n');
  });

  it('answers a crash with its reason, and goes on', async () => {
    const { status, json } = await service.post('import os; os.abort()');
    expect(status).toBe(500);
    expect(json.traceback).toContain('killed by SIGABRT');
    expect((await service.run('fujian_return = "alive"')).return).toBe('alive');
  });

  it('streams an interactive execution', async () => {
    const lines = await ExecuteCall.lines(service, 'print("out")\n6 * 7');
    expect(printedIn(lines)).toBe('out\n');
    expect(mainResultIn(lines)).toMatchObject({ text: '42' });
    expect(lines.at(-1)).toEqual({ type: 'end_of_execution' });
  });

  it('refuses the page of another site', async () => {
    const { status } = await service.post('pass', { Origin: 'http://evil.test' });
    expect(status).toBe(403);
  });
});

describe('dependency injection', () => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start();
  });
  afterAll(() => python.close());

  it('calls Python with values', async () => {
    expect(await python.service.call('math:hypot', [3, 4])).toBe(5);
    expect(await python.service.evaluate('{"a": [1, None, True]}')).toEqual({ a: [1, null, true] });
  });

  it('forks a session with its state', async () => {
    await python.run('data = [1, 2]');
    const { session } = await python.service.fork('main');
    const result = await session.execute('data.append(3); fujian_return = data');
    expect(result.return).toBe('[1, 2, 3]');
    expect(await python.returned('fujian_return = data')).toBe('[1, 2]');
    await python.service.close(session.id);
  });

  it('interrupts code that never ends', async () => {
    const checkpoint = await Checkpoint.build();
    const running = python.execute(`${checkpoint.pass()}\nwhile True: pass`);
    (await checkpoint.arrival()).letThrough();
    python.service.interrupt();
    expect(await running).toMatchObject({ error: { type: 'KeyboardInterrupt' } });
    checkpoint.tearDown();
  });

  it('passes functions of JavaScript to Python', async () => {
    const negative = (number: number) => -number;
    const sorted = python.service.call('builtins:sorted', [[1, 3, 2]], { key: negative });
    expect(await sorted).toEqual([3, 2, 1]);
  });
});
