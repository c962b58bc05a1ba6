import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PythonError } from '../../src/errors/call-errors.js';
import { TestPython } from '../support/python.js';
import { pythons } from '../support/pythons.js';

const CALLERS = `
import threading
def apply(f, *args, **kwargs): return f(*args, **kwargs)
def catch(f):
    import fujian
    try: f()
    except fujian.JavaScriptError as error: return [str(error), "callbacks.e2e-spec" in error.stack]
def keep(f):
    global kept
    kept = f
def call_kept(n): return kept(n)
def forget():
    global kept
    del kept
def in_threads(f, n):
    answers = [None] * n
    def call(at): answers[at] = f(at)
    threads = [threading.Thread(target=call, args=(at,)) for at in range(n)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return answers
`;

describe.each(pythons())('a function of JavaScript in Python $version', ({ path }) => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start({ python: path });
    await python.run(CALLERS);
  });
  afterAll(() => python.close());

  const apply = (called: unknown, ...args: unknown[]) =>
    python.service.call('__main__:apply', [called, ...args]);

  it('is called with values, and its result is one', async () => {
    expect(
      await python.service.call('functools:reduce', [(a: number, b: number) => a * b, [2, 3, 7]]),
    ).toBe(42);
    const seen: unknown[] = [];
    const note = (...args: unknown[]) => {
      seen.push(args);
      return { bytes: new Uint8Array([1, 2]), big: 2n ** 70n, none: undefined };
    };
    expect(await apply(note, [1, 'größe', null], new Float64Array([1.5]))).toEqual({
      bytes: new Uint8Array([1, 2]),
      big: 2n ** 70n,
      none: null,
    });
    expect(seen).toEqual([[[1, 'größe', null], new Float64Array([1.5])]]);
  });

  it('is given keyword arguments as one object behind all others', async () => {
    const echo = (...args: unknown[]) => args;
    expect(await python.service.call('__main__:apply', [echo, 1], { by: 2 })).toEqual([
      1,
      { by: 2 },
    ]);
  });

  it('may be asynchronous', async () => {
    const slow = async (n: number) => {
      await new Promise((resolve) => setImmediate(resolve));
      return n + 1;
    };
    expect(await apply(slow, 1)).toBe(2);
  });

  it('may be anywhere in an argument, and has a name', async () => {
    await python.run('def name(o): return [repr(o["f"]), o["f"].__name__, o["l"][0]()]');
    function progress() {}
    expect(await python.service.call('__main__:name', [{ f: progress, l: [() => 1] }])).toEqual([
      '<JavaScript function progress>',
      'progress',
      1,
    ]);
  });

  it('may have a name that is no text', async () => {
    await python.run('def name_of(f): return [repr(f), f()]');
    const nameless = Object.defineProperty(() => 1, 'name', { value: () => 'a static method' });
    expect(await python.service.call('__main__:name_of', [nameless])).toEqual([
      '<JavaScript function (unnamed)>',
      1,
    ]);
  });

  it('may return another', async () => {
    await python.run('def twice(f): return f(1)(2)');
    const add = (a: number) => (b: number) => a + b;
    expect(await python.service.call('__main__:twice', [add])).toBe(3);
  });

  it('raises in Python what it throws', async () => {
    const fails = () => {
      throw new RangeError('too much');
    };
    expect(await python.service.call('__main__:catch', [fails])).toEqual([
      'RangeError: too much',
      true,
    ]);
    const rejects = async () => Promise.reject(new TypeError('later'));
    expect(await python.service.call('__main__:catch', [rejects])).toEqual([
      'TypeError: later',
      true,
    ]);
  });

  it('raises something even where what it throws has no words', async () => {
    const thrown: unknown = Object.create(null);
    const fails = () => {
      throw thrown;
    };
    await expect(apply(fails)).rejects.toMatchObject({
      type: 'JavaScriptError',
      value: 'a value that cannot be converted to text',
      cause: thrown,
    });
  });

  it('that throws is the cause of the error that comes back', async () => {
    const cause = new RangeError('too much');
    const failed = apply(() => {
      throw cause;
    });
    await expect(failed).rejects.toBeInstanceOf(PythonError);
    await expect(failed).rejects.toMatchObject({
      type: 'JavaScriptError',
      value: 'RangeError: too much',
      traceback: expect.stringMatching(/in apply\n[^F]*JavaScriptError: RangeError: too much\n$/),
      cause,
    });
  });

  it('is the cause of nothing but what it threw itself', async () => {
    const own = new RangeError('mine');
    await python.service.call('__main__:keep', [
      () => {
        throw own;
      },
    ]);
    await python.run(`
def catch_then_call_kept(f):
    import fujian
    try: f()
    except fujian.JavaScriptError: kept(1)`);
    const other = () => {
      throw new TypeError('caught');
    };
    await expect(
      python.service.call('__main__:catch_then_call_kept', [other]),
    ).rejects.toMatchObject({ value: 'RangeError: mine', cause: own });
    await python.service.call('__main__:forget');
  });

  it('raises where its result, or an argument, cannot travel', async () => {
    await expect(apply(() => Symbol('s'))).rejects.toMatchObject({
      type: 'JavaScriptError',
      value: expect.stringContaining('At result there is a symbol'),
    });
    await python.run('def pass_object(f): f(1, [object()])\ndef name_object(f): f(loss=object())');
    await expect(python.service.call('__main__:pass_object', [() => 1])).rejects.toMatchObject({
      type: 'UnsupportedValueError',
      value: expect.stringMatching(/^at args\[1\]\[0\] there is a builtins.object/),
    });
    await expect(python.service.call('__main__:name_object', [() => 1])).rejects.toMatchObject({
      value: expect.stringMatching(/^at kwargs\.loss there is a builtins.object/),
    });
  });

  it('is itself again when Python returns it, or passes it to another', async () => {
    const one = (): number => 1;
    const other = async (given: unknown): Promise<boolean> => given === one;
    expect(await apply(() => one)).toBe(one);
    expect(await python.service.call('builtins:list', [[one, { other }, one]])).toEqual([
      one,
      { other },
      one,
    ]);
    expect(await apply(other, one)).toBe(true);
    await python.service.set({ one, other });
    expect(await python.service.get('one')).toBe(one);
    expect(await python.service.evaluate('other(one) and {other: one}')).toEqual(
      new Map([[other, one]]),
    );
    await python.run('del one, other');
  });

  it('can be kept, and called later', async () => {
    await python.service.call('__main__:keep', [(n: number) => n * 2]);
    expect(await python.service.call('__main__:call_kept', [21])).toBe(42);
    expect((await python.execute('fujian_return = kept(4)')).return).toBe('8');
    await python.service.call('__main__:forget');
  });

  it('is the same one when copied, and can be referred to weakly', async () => {
    await python.run(`
import copy, weakref
def keep_after_copies(f):
    assert copy.copy(f) is f and copy.deepcopy({"f": f})["f"] is f and weakref.ref(f)() is f
    keep(f)
`);
    await python.service.call('__main__:keep_after_copies', [(n: number) => n * 2]);
    expect(await python.service.evaluate('1')).toBe(1);
    expect(await python.service.call('__main__:call_kept', [21])).toBe(42);
    await python.service.call('__main__:forget');
  });

  it('leaves what it was given free to grow, also while its error is handled', async () => {
    await python.run(`
import fujian
def grow(f):
    data = bytearray(1 << 17)
    try: f(data)
    except fujian.JavaScriptError: data.append(1)
    return len(data)
`);
    const fails = () => {
      throw new Error('no');
    };
    expect(await python.service.call('__main__:grow', [fails])).toBe((1 << 17) + 1);
  });

  it('can be called from several threads at once', async () => {
    let together = 0;
    let most = 0;
    const work = async (n: number) => {
      most = Math.max(most, (together += 1));
      await new Promise((resolve) => setImmediate(resolve));
      together -= 1;
      return n * n;
    };
    expect(await python.service.call('__main__:in_threads', [work, 8])).toEqual(
      Array.from({ length: 8 }, (_, n) => n * n),
    );
    expect(most).toBeGreaterThan(0);
  });

  it('that never answers does not keep the code from being interrupted', async () => {
    const never = () => new Promise<never>(() => undefined);
    const options = { timeout: 50 };
    await expect(python.service.call('__main__:apply', [never], {}, options)).rejects.toMatchObject(
      { type: 'ExecutionTimeoutError' },
    );
    expect(await python.service.evaluate('1 + 1')).toBe(2);
  });

  it('that answers after the code was interrupted does no harm', async () => {
    let answer!: (n: number) => void;
    let interrupted!: Promise<unknown>;
    await new Promise<void>((called) => {
      const late = () => {
        called();
        return new Promise<number>((resolve) => (answer = resolve));
      };
      interrupted = apply(late).catch((error: unknown) => error);
    });
    expect(python.service.interrupt()).toBe(true);
    expect(await interrupted).toMatchObject({ type: 'KeyboardInterrupt' });
    const next = apply(() => 'mine');
    answer(1);
    expect(await next).toBe('mine');
  });

  it('may ask other sessions, not the one that waits for it', async () => {
    const { id } = await python.service.createSession();
    const other = () => python.service.evaluate('6 * 7', { session: id });
    expect(await apply(other)).toBe(42);
    const itself = () => python.service.evaluate('6 * 7');
    await expect(apply(itself)).rejects.toMatchObject({
      cause: { code: 'FUJIAN_REENTRANT_CALL', session: 'main' },
    });
    const byWayOfTheOther = () =>
      python.service.call('builtins:max', [[1, 2]], { key: itself }, { session: id });
    await expect(apply(byWayOfTheOther)).rejects.toMatchObject({
      cause: { cause: { code: 'FUJIAN_REENTRANT_CALL' } },
    });
    await python.service.close(id);
  });

  it('may ask for something that comes when it has returned', async () => {
    let later: Promise<unknown> | undefined;
    let returned: (() => void) | undefined;
    const called = () => {
      const over = new Promise<void>((resolve) => (returned = resolve));
      later = over.then(() => python.service.evaluate('6 * 7'));
      return 1;
    };
    expect(await apply(called)).toBe(1);
    returned!();
    expect(await later).toBe(42);
  });

  it('works in isolation', async () => {
    const options = { isolated: true };
    expect(
      await python.service.call('__main__:apply', [(n: number) => n + 1, 1], {}, options),
    ).toBe(2);
  });

  it('that a fork has from its parent says that it is not its own', async () => {
    const { id } = await python.service.createSession();
    const lab = python.service.session(id);
    await lab.execute(CALLERS);
    await lab.call('__main__:keep', [() => 1]);
    const { session: fork } = await python.service.fork(id);
    await expect(fork.call('__main__:call_kept', [1])).rejects.toMatchObject({
      type: 'JavaScriptError',
      value: expect.stringContaining('belongs to another session'),
    });
    expect(await fork.get<() => unknown>('kept')).toThrow('belongs to another session');
    await python.service.close(fork.id);
    await python.service.close(id);
  });

  it('whose interpreter dies while it runs fails the call', async () => {
    const { id } = await python.service.createSession();
    const lab = python.service.session(id);
    await lab.execute(CALLERS);
    const kill = async () => {
      process.kill((await lab.info()).pid!, 'SIGKILL');
      await new Promise((resolve) => setImmediate(resolve));
      return 1;
    };
    await expect(lab.call('__main__:apply', [kill])).rejects.toMatchObject({
      code: 'FUJIAN_INTERPRETER_DIED',
    });
    expect(await lab.evaluate('1 + 1')).toBe(2);
    await python.service.close(id);
  });
});
