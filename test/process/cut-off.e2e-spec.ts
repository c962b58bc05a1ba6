import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Configuration } from '../../config/schema.js';
import { ShuttingDownError } from '../../src/errors/execution-errors.js';
import { InterpreterDiedError } from '../../src/errors/interpreter-death.js';
import { PythonInterpreterService } from '../../src/execution/python-interpreter.service.js';
import { Checkpoint } from '../support/checkpoint.js';
import { ADAPTERS, type Answer, TestService } from '../support/service.js';

const MESSAGE = new ShuttingDownError(true).message;
const REFUSAL = { statusCode: 503, code: 'FUJIAN_SHUTTING_DOWN', message: MESSAGE };

describe.each(ADAPTERS)('code that the stop of the service cuts off, on %s', (httpAdapter) => {
  let checkpoint: Checkpoint;
  let service: TestService;
  /** Code that prints, and then does not end by itself. */
  let endless: string;

  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
    endless = `print("before")\n${checkpoint.pass()}`;
  });
  afterEach(() => checkpoint.tearDown());

  async function start(settings: Partial<Configuration> = {}): Promise<void> {
    const graces = { shutdownGrace: 10, interruptGrace: 60_000 };
    service = await TestService.start({ httpAdapter, ...graces, ...settings });
  }

  /** Creates a session for each id. */
  const sessions = (...ids: string[]) =>
    Promise.all(
      ids.map((id) =>
        service.request('/contexts', { method: 'POST', body: JSON.stringify({ id }) }),
      ),
    );

  const post = (path: string, body: string): Promise<Answer> =>
    service.request(path, { method: 'POST', body });

  /** Waits until this number of executions has reached the checkpoint. */
  async function arrivals(count: number): Promise<void> {
    for (let number = 0; number < count; number++) await checkpoint.arrival();
  }

  it('is answered 503 over HTTP, in a fork too, and by a traceback over WebSocket', async () => {
    await start();
    await sessions('socket', 'parent');
    const socket = await service.openSocket('/contexts/socket/websocket');
    const posted = [post('/', endless), post('/contexts/parent/exec?isolated', endless)];
    socket.send(endless);
    await arrivals(3);
    const closing = service.service.close();
    const reply = { stdout: 'before\n', stderr: '', return: '', traceback: MESSAGE };
    expect(await socket.nextReply()).toEqual(reply);
    for (const { status, headers, json } of await Promise.all(posted)) {
      expect([status, json]).toEqual([503, REFUSAL]);
      expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    }
    await closing;
  });

  it('ends the stream of /execute with an error that names it', async () => {
    await start();
    const answer = post('/execute', JSON.stringify({ code: endless }));
    await arrivals(1);
    const closing = service.close();

    const { status, text } = await answer;
    const lines = text.trimEnd().split('\n');
    expect([status, ...lines.map((line) => JSON.parse(line) as unknown)]).toEqual([
      200,
      { type: 'number_of_executions', execution_count: 1 },
      { type: 'stdout', text: 'before\n', timestamp: expect.any(Number) },
      {
        type: 'error',
        name: 'ShuttingDownError',
        value: MESSAGE,
        traceback: `ShuttingDownError: ${MESSAGE}\n`,
      },
      { type: 'end_of_execution' },
    ]);
    await closing;
  });

  it('rejects with a ShuttingDownError where it was injected, which has its output', async () => {
    await start();
    const python = service.service.app.get(PythonInterpreterService);
    await sessions('call', 'stream');
    const ends: unknown[] = [];
    python.executionEvents.subscribe((event) => {
      if (event.type === 'ended') ends.push([event.outcome, event.reason]);
    });
    const outcomes = Promise.allSettled([
      python.execute(endless),
      python.evaluate(checkpoint.pass(), { session: 'call' }),
      python.stream(endless, { session: 'stream' }).forEach(() => undefined),
    ]);
    await arrivals(3);
    const closing = service.close();

    const reasons = (await outcomes).map((outcome) => 'reason' in outcome && outcome.reason);
    const reason = { code: 'FUJIAN_SHUTTING_DOWN', started: true, message: MESSAGE };
    expect(reasons).toEqual([1, 2, 3].map(() => expect.objectContaining(reason) as unknown));
    expect(reasons[0]).toMatchObject({ partialOutput: { stdout: 'before\n', stderr: '' } });
    await closing;
    expect(ends).toEqual([1, 2, 3].map(() => ['interrupted', 'FUJIAN_SHUTTING_DOWN']));
  });

  it('has its own result where it catches the interrupt, and its own exception', async () => {
    await start();
    await sessions('raising');
    const caught = post(
      '/',
      `try: ${checkpoint.pass()}\nexcept KeyboardInterrupt: fujian_return = "tidied up"`,
    );
    const raised = post(
      '/contexts/raising/exec',
      `try: ${checkpoint.pass()}\nexcept KeyboardInterrupt: raise ValueError("own") from None`,
    );
    await arrivals(2);
    const closing = service.close();
    const [first, second] = await Promise.all([caught, raised]);
    expect([first.status, first.json.return]).toEqual([200, 'tidied up']);
    expect([second.status, second.json.traceback]).toEqual([
      400,
      expect.stringMatching(/ValueError: own\n$/),
    ]);
    await closing;
  });

  it('is answered 503 also where it does not hear the interrupt and is killed', async () => {
    await start({ interruptGrace: 10 });
    const python = service.service.app.get(PythonInterpreterService);
    await sessions('injected');
    const waiting = `try: ${checkpoint.pass()}\n  except KeyboardInterrupt: pass`;
    const deaf = `print("before")\nwhile True:\n  ${waiting}`;
    const posted = post('/', deaf);
    const failure = python.execute(deaf, { session: 'injected' }).catch((error: unknown) => error);
    await arrivals(2);
    const closing = service.close();
    const { status, json } = await posted;
    expect([status, json]).toEqual([503, REFUSAL]);
    const error = (await failure) as ShuttingDownError;
    expect(error.partialOutput.stdout).toBe('before\n');
    expect(error.cause).toBeInstanceOf(InterpreterDiedError);
    await closing;
  });
});
