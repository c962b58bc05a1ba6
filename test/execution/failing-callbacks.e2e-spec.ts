import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ConnectionListener } from '../../src/execution/sessions/connection.js';
import { TestPython } from '../support/python.js';

const CODE = `
def print_for_ever():
    while True: print("x" * 100)
def print_at_the_end():
    print("the end")
def apply(f): return f()
`;

const mine = new RangeError('of the callback');
const FAILING = [
  [
    'throws',
    (): never => {
      throw mine;
    },
  ],
  ['rejects', () => Promise.reject(mine)],
  [
    'rejects when the code may have ended',
    async () => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
      throw mine;
    },
  ],
] as const;

describe.each(FAILING)('a callback that %s', (_, fails) => {
  let python: TestPython;
  const unhandled = vi.fn<(reason: unknown) => void>();

  beforeAll(async () => {
    process.on('unhandledRejection', unhandled).on('uncaughtException', unhandled);
    python = await TestPython.start({ pool: { size: 1 } });
    await python.run(CODE);
    await python.service.pool.execute(CODE);
  });
  afterAll(async () => {
    // Nothing runs on, and nothing has failed elsewhere.
    expect(await python.service.evaluate('6 * 7')).toBe(42);
    await python.close();
    process.off('unhandledRejection', unhandled).off('uncaughtException', unhandled);
    expect(unhandled.mock.calls).toEqual([]);
  });

  it.each(['print_for_ever', 'print_at_the_end'])(
    'as onStdout, interrupts the code, and is the error of the call: %s',
    async (name) => {
      const target = `__main__:${name}`;
      const options = { onStdout: fails };
      for (const { call } of [python.service, python.service.pool].map((from) => ({
        call: from.call.bind(from),
      }))) {
        await expect(call(target, [], {}, options)).rejects.toBe(mine);
        expect(await call('builtins:abs', [-1])).toBe(1);
      }
      const isolated = { ...options, isolated: true };
      await expect(python.service.call(target, [], {}, isolated)).rejects.toBe(mine);
    },
  );

  it('as onStderr of an iteration, ends the loop', async () => {
    await python.run(`
import sys
def items():
    while True:
        print("x", file=sys.stderr)
        yield 1
`);
    const items = python.service.iterate('__main__:items', [], {}, { onStderr: fails });
    await expect(items.next()).rejects.toBe(mine);
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  it.each(['print_for_ever', 'print_at_the_end'])(
    'as subscriber of a stream, or as its ready, fails the stream: %s',
    async (name) => {
      const stream = python.service.stream(`${name}()`);
      const failed = (next: () => unknown) =>
        new Promise((error, complete) => stream.subscribe({ next, error, complete }));
      expect(await failed(fails)).toBe(mine);
      await expect(stream.forEach(fails)).rejects.toBe(mine);
    },
  );

  it('as ready, fails the stream, and the loop over it', async () => {
    const ready: () => Promise<never> = fails;
    const stream = python.service.stream('print_for_ever()', { ready });
    await expect(stream.forEach(() => undefined)).rejects.toBe(mine);
  });

  it('as listener of a connection, fails the execution that came over it', async () => {
    const logged = vi.fn<(message: unknown) => void>();
    const logger = (python.service as unknown as { logger: { error: unknown } }).logger;
    logger.error = logged;
    const listener: unknown = {
      pushed: fails,
      printedBetweenRuns: fails,
      interpreterDied: fails,
      sessionClosed: fails,
    };
    const connection = python.service.connect(listener as ConnectionListener);
    const code = 'FUJIAN_WS.write_message("m")\nwhile True: FUJIAN_WS.is_open()';
    await expect(connection.execute(code)).rejects.toBe(mine);
    await python.run('FUJIAN_WS.write_message("to nobody who runs")');
    await vi.waitFor(() =>
      expect(logged.mock.calls).toEqual([
        [
          expect.stringContaining(
            "A listener of session 'main' failed: RangeError: of the callback",
          ),
        ],
      ]),
    );
    connection.close();
  });
});

describe('an asynchronous callback', () => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start();
    await python.run(CODE);
  });
  afterAll(() => python.close());

  it('has ended when the call has', async () => {
    const ended: string[] = [];
    const onStdout = async (text: string) => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
      ended.push(text);
    };
    await python.service.call('__main__:print_at_the_end', [], {}, { onStdout });
    expect(ended.join('')).toBe('the end\n');
  });

  it('may ask the same session meanwhile', async () => {
    const answers: unknown[] = [];
    const onStdout = async () => void answers.push(await python.service.evaluate('6 * 7'));
    await python.service.call('__main__:print_at_the_end', [], {}, { onStdout });
    expect(new Set(answers)).toEqual(new Set([42]));
  });

  it('that never ends does not keep interrupted code waiting', async () => {
    const never = () => new Promise<never>(() => undefined);
    const options = { onStdout: never, timeout: 100 };
    await expect(
      python.service.call('__main__:print_for_ever', [], {}, options),
    ).rejects.toMatchObject({ type: 'ExecutionTimeoutError' });
    const abort = new AbortController();
    const call = python.service.call(
      '__main__:print_at_the_end',
      [],
      {},
      { onStdout: never, signal: abort.signal },
    );
    await python.service.evaluate('"the code has ended"');
    abort.abort();
    await call;
  });

  it('that asks the session that waits for its answer is refused rather than left waiting', async () => {
    const code = 'input()';
    const onInput = () => python.service.evaluate<string>('"x"');
    expect((await python.execute(code, { onInput })).error).toMatchObject({
      type: 'EOFError',
      value: expect.stringContaining("Session 'main' is waiting for the JavaScript function"),
    });
    const returned = () => () => python.service.evaluate('1');
    await python.run('def twice(f): return f()()');
    await expect(python.service.call('__main__:twice', [returned])).rejects.toMatchObject({
      cause: { code: 'FUJIAN_REENTRANT_CALL' },
    });
  });
});
