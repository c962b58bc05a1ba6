import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  DataFrame,
  Decimal,
  Duration,
  NdArray,
  PlainDate,
  Uuid,
} from '../../src/execution/values/python-values.js';
import { Checkpoint } from '../support/checkpoint.js';
import { anyText, times } from '../support/property.js';
import { TestPython } from '../support/python.js';
import { requireOrSkip } from '../support/requirement.js';
import { scientificPythons } from '../support/scientific-pythons.js';

const pythons = scientificPythons();

/** The ends of Python's `datetime`. */
const FIRST_DAY = new Date(-62_135_596_800_000);
const LAST_MOMENT = new Date(253_402_300_799_999);

describe.runIf(requireOrSkip('numpy and its like', pythons.length > 0)).each(pythons)(
  'values that pass to Python $version and back',
  ({ path }) => {
    let python: TestPython;
    const identity = (value: unknown) => python.service.call('__main__:same', [value]);

    beforeAll(async () => {
      python = await TestPython.start({ python: path });
      await python.run('def same(value): return value\nimport numpy, pandas');
    });
    afterAll(() => python.close());

    it('are the same, if JavaScript made them', async () => {
      const leaf = fc.oneof(
        anyText(),
        fc.double(),
        // Most numbers of fc.double() are no whole ones.
        fc.integer().map((integer) => integer * 2 ** 40),
        fc.boolean(),
        fc.constant(null),
        fc.bigInt({ min: 2n ** 53n, max: 2n ** 200n }),
        fc.bigInt({ min: -(2n ** 200n), max: -(2n ** 53n) }),
        fc.uint8Array(),
        fc.float64Array(),
        fc.bigInt64Array(),
        fc.date({ min: FIRST_DAY, max: LAST_MOMENT, noInvalidDate: true }),
        fc
          .date({ min: FIRST_DAY, max: LAST_MOMENT, noInvalidDate: true })
          .map((date) => new PlainDate(date.toISOString().slice(0, 10))),
        fc.uuid().map((uuid) => new Uuid(uuid)),
        fc.maxSafeInteger().map((integer) => new Duration(integer * 9.5)),
        fc
          .tuple(
            fc.integer({ min: 1, max: 9 }),
            fc.constantFrom('+', '-'),
            fc.nat({ max: 10 ** 9 }),
          )
          .map(([digit, sign, n]) => new Decimal(`${digit}E${sign}${n * 10 ** 8 + 7}`)),
        fc.float32Array({ minLength: 6, maxLength: 6 }).map((data) => new NdArray(data, [2, 3])),
      );
      const { value } = fc.letrec((tie) => ({
        value: fc.oneof({ depthSize: 'small' }, leaf, tie('list'), tie('object')),
        list: fc.array(tie('value')),
        object: fc.dictionary(fc.oneof(fc.string(), fc.constant('$')), tie('value'), {
          noNullPrototype: true,
        }),
      }));
      const check = async (one: unknown) => {
        expect(await identity(one)).toEqual(one);
      };
      await fc.assert(fc.asyncProperty(value, check), { numRuns: times(100, 300) });
    });

    it('are the same numbers as in Python, also beyond 2^53', async () => {
      await python.run(`
def plain(forms): return [*forms[:-1], forms[-1]["a"].tolist()]
def are_same(one, other): return plain(one) == plain(other)`);
      const forms = (n: unknown) => [n, [n], new Map([[n, n]]), new Set([n]), frameOf(n)];
      const frameOf = (n: unknown) => new DataFrame({ a: [n] });
      const check = async (n: number) => {
        const both = [forms(n), forms(BigInt(n))];
        expect(await python.service.call('__main__:are_same', both)).toBe(true);
      };
      const number = fc.oneof(
        fc.maxSafeInteger().map((integer) => integer * 4096),
        fc.double({ min: -1e25, max: 1e25, noNaN: true }).map(Math.trunc),
        fc.constantFrom(2 ** 53 - 1, 2 ** 53, -(2 ** 53), 2 ** 60, 1e21, Number.MAX_VALUE),
      );
      await fc.assert(fc.asyncProperty(number, check), { numRuns: times(50, 300) });
      expect(await python.service.call('operator:eq', [2 ** 60, 2n ** 60n])).toBe(true);
      expect(await python.service.evaluate('[2**53 - 1, 2**53, -2**60, 2.0**60]')).toEqual([
        2 ** 53 - 1,
        2n ** 53n,
        -(2n ** 60n),
        2 ** 60,
      ]);
    });

    it('may be nested in 200 levels, both ways, and no deeper', async () => {
      const nested = (levels: number) =>
        Array.from({ length: levels }).reduce<unknown>((inner) => [inner], new Date(0));
      expect(await identity(nested(200))).toEqual(nested(200));
      const called = (one: unknown) => one;
      await python.run('def pass_on(f, value): return f(value)');
      expect(await python.service.call('__main__:pass_on', [called, nested(200)])).toEqual(
        nested(200),
      );
      await expect(identity(nested(201))).rejects.toMatchObject({
        code: 'FUJIAN_UNSUPPORTED_VALUE',
      });
      await python.run('deep = 1\nfor _ in range(201): deep = [deep, ""]');
      await expect(python.service.get('deep')).rejects.toMatchObject({
        type: 'UnsupportedValueError',
        value: expect.stringContaining('more than 200 levels deep'),
      });
      expect(await python.service.evaluate('deep[0][1]')).toBe('');
    });

    it.each([
      ['a date', new PlainDate('2024-02-29'), 'datetime.date(2024, 2, 29)'],
      ['bytes', Buffer.from('ab'), "b'ab'"],
      ['undefined', undefined, 'None'],
      ['-0', -0, '-0.0'],
      ['a Map', new Map([[[1, 2], 3]]), '{(1, 2): 3}'],
      ['a Set', new Set(['a']), "{'a'}"],
    ])('are what Python has for %s', async (_, value, repr) => {
      expect(await python.service.call('builtins:repr', [value])).toBe(repr);
    });

    it('are tables', async () => {
      const frame = new DataFrame({
        n: new Float64Array([1, NaN]),
        flag: [true, false],
        text: ['a', null],
        small: new Uint8Array([1, 2]),
      });
      expect(await identity(frame)).toEqual(frame);
    });

    it('are equal to what they were, if Python made them', async () => {
      await python.run(`
import datetime, decimal, math
kept = {1: 2**70, "a": [1.5, None, b"x", {1, 2}, {(1, "b"): decimal.Decimal("1.10")}],
  "t": datetime.datetime(2024, 1, 1, 0, 0, 0, 1000, datetime.timezone.utc), "d": datetime.date.max}`);
      const kept = await python.service.get('kept');
      await python.service.set({ back: kept });
      expect(await python.service.evaluate('back == kept')).toBe(true);
    });

    it('are equal to what they were, whatever Python made', async () => {
      await python.run('import datetime, decimal, uuid; from datetime import timezone');
      const check = async (source: string) => {
        await python.service.set({ back: await python.service.evaluate(source) });
        expect(await python.service.evaluate(`back == ${source}`)).toBe(true);
      };
      await fc.assert(fc.asyncProperty(pythonSource(), check), { numRuns: times(100, 500) });
    });

    it('may be large', async () => {
      const length = times(1_250_000, 12_500_000);
      const data = Float64Array.from({ length }, (_, at) => at);
      await python.service.set({ large: data });
      const sum = (length * (length - 1)) / 2;
      expect(await python.service.evaluate('float(large.sum())')).toBe(sum);
      const back = await python.service.evaluate<Float64Array>('large * 2');
      expect([back.length, back[1], back.at(-1)]).toEqual([length, 2, 2 * (length - 1)]);
    });

    it('may be large and small in turns, many ahead', async () => {
      const sizes = [0, 7, 65_536, 1_048_575, 1_048_576, 1_048_577, 3_000_001];
      const values = sizes.flatMap((size) => [Buffer.alloc(size, `${size}`), `${size}`]);
      const all = await Promise.all([...values, values].map((value) => identity(value)));
      const received = [...all.slice(0, -1), ...(all.at(-1) as unknown[])];
      const same = [...values, ...values].map((value, n) => {
        const other = received[n] as Uint8Array | string;
        return typeof value === 'string' ? other === value : value.equals(other as Uint8Array);
      });
      expect(same).not.toContain(false);
    });

    it('may be changed at once, if small', async () => {
      const data = new Float64Array(100_000).fill(1);
      const set = python.service.set({ data });
      data.fill(0);
      await set;
      expect(await python.service.evaluate('float(data.sum())')).toBe(100_000);
    });

    it('may be written to in Python, if large', async () => {
      await python.service.set({ a: new Float64Array(200_000), b: new Int8Array(2_000_003) });
      await python.run('a += 1; b[-1] = 5');
      expect(await python.service.evaluate('[float(a.sum()), int(b.sum())]')).toEqual([200_000, 5]);
    });
  },
);

/** Returns an arbitrary of Python's expressions for values that come back as they were. */
function pythonSource(): fc.Arbitrary<string> {
  const key = fc.oneof(
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
    anyText().map((text) => JSON.stringify(text)),
    fc.integer({ min: 1, max: 3_652_059 }).map((day) => `datetime.date.fromordinal(${day})`),
  );
  const leaf = fc.oneof(
    key,
    fc.constantFrom('None', 'True', 'False', 'datetime.timedelta.min', 'decimal.Decimal("-0")'),
    fc.double({ noNaN: true }).map((one) => `float("${one}")`),
    fc.uint8Array().map((bytes) => `bytes([${bytes.join()}])`),
    fc
      .integer({ min: 0, max: LAST_MOMENT.getTime() - FIRST_DAY.getTime() })
      .map(
        (since) =>
          `(datetime.datetime.min.replace(tzinfo=timezone.utc) + datetime.timedelta(milliseconds=${since}))`,
      ),
    fc
      .integer({ min: -8.7e15, max: 8.7e15 })
      .map((micro) => `datetime.timedelta(microseconds=${micro})`),
    fc
      .tuple(fc.maxSafeInteger(), fc.maxSafeInteger())
      .map(([digits, exponent]) => `decimal.Decimal("${digits}E${exponent}")`),
    fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((number) => `uuid.UUID(int=${number})`),
  );
  const { value } = fc.letrec<Record<'value' | 'list' | 'dict' | 'set', string>>((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, leaf, tie('list'), tie('dict'), tie('set')),
    list: fc.array(tie('value')).map((items) => `[${items.join()}]`),
    dict: fc.array(fc.tuple(key, tie('value'))).map((pairs) => {
      return `{${pairs.map((pair) => pair.join(': ')).join()}}`;
    }),
    set: fc.array(key, { minLength: 1 }).map((items) => `{${items.join()}}`),
  }));
  return value;
}

describe('values beyond a limit are refused, and the interpreter lives:', () => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start();
    await python.run('here = 1');
  });
  afterAll(async () => {
    expect(await python.service.get('here')).toBe(1);
    await python.close();
  });

  it.each<[string, string, string]>([
    ['an int of more bits than a BigInt', '1 << 2**30', 'an int of 1073741825 bits'],
    ['a list of more items than a Map has', '[None] * 2**24', 'a value of 16777216 items'],
    ...(inject('scope') === 'all'
      ? [
          ['text of 513 MiB', '"x" * (513 * 2**20)', 'a value of 537919501 bytes'] as [
            string,
            string,
            string,
          ],
        ]
      : []),
  ])('%s', async (_, expression, what) => {
    await expect(python.service.evaluate(expression)).rejects.toMatchObject({
      type: 'UnsupportedValueError',
      value: expect.stringContaining(what),
    });
  });

  it('text of 600 MB together, to Python', async () => {
    const text = 'x'.repeat(100 * 2 ** 20);
    const list = [text, text, text, text, text, text];
    await expect(python.service.call('builtins:len', [list])).rejects.toMatchObject({
      code: 'FUJIAN_UNSUPPORTED_VALUE',
      path: 'args[0]',
    });
  });

  it('a Map whose keys are one in Python', async () => {
    const map = new Map<unknown, string>([
      [1, 'a'],
      [true, 'b'],
    ]);
    await expect(python.service.set({ map })).rejects.toMatchObject({
      type: 'ValueError',
      value: expect.stringContaining('like 1 and true, of which 1 would be lost'),
    });
  });
});

describe('an operation', () => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start();
  });
  afterAll(() => python.close());

  it('takes keywords, prints, awaits', async () => {
    await python.run(`
import asyncio
async def f(a, *, b):
    await asyncio.sleep(0)
    print("here")
    return [a, b]`);
    let printed = '';
    const onStdout = (text: string) => void (printed += text);
    expect(await python.service.call('__main__:f', [1], { b: 2 }, { onStdout })).toEqual([1, 2]);
    expect(printed).toBe('here\n');
    expect(await python.service.call('datetime:date.fromisoformat', ['2024-01-01'])).toEqual(
      new PlainDate('2024-01-01'),
    );
    expect(await python.service.set({ a: 1 })).toBeUndefined();
  });

  it.each([
    ['nothing:f', 'ModuleNotFoundError', "No module named 'nothing'"],
    ['math:nothing', 'AttributeError', expect.stringContaining('nothing')],
    ['__main__:nothing', 'NameError', "name 'nothing' is not defined"],
    ['math.sqrt', 'ValueError', expect.stringContaining("'math.sqrt' names no function")],
  ])('of %s fails', async (target, type, value) => {
    const error = await python.service.call(target).catch((one: unknown) => one);
    expect(error).toMatchObject({ code: 'FUJIAN_PYTHON_ERROR', type, value });
    expect((error as { traceback: string }).traceback).not.toMatch(/ File /);
  });

  it('that raises shows the lines of the user alone', async () => {
    await python.service.execute('def bad():\n    1 / 0', { filename: 'mine.py' });
    await expect(python.service.call('__main__:bad')).rejects.toMatchObject({
      type: 'ZeroDivisionError',
      traceback: expect.stringMatching(
        /^Traceback \(most recent call last\):\n {2}File "mine.py", line 2, in bad\n[^F]*ZeroDivisionError: division by zero\n$/,
      ),
    });
    await expect(python.service.evaluate('object()')).rejects.toMatchObject({
      type: 'UnsupportedValueError',
      value: 'this is a builtins.object, which cannot be passed to JavaScript',
    });
    await expect(python.service.evaluate('1 +')).rejects.toMatchObject({ type: 'SyntaxError' });
    await expect(python.service.set({ a: Symbol('s') })).rejects.toMatchObject({ path: 'names.a' });
  });

  it('ends by its timeout, and its signal', async () => {
    const sleep = (options: object) => python.service.call('time:sleep', [1000], {}, options);
    await expect(sleep({ timeout: 50 })).rejects.toMatchObject({ type: 'ExecutionTimeoutError' });
    const abort = new AbortController();
    const checkpoint = await Checkpoint.build();
    const aborted = python.service.evaluate(checkpoint.pass(), { signal: abort.signal });
    await checkpoint.arrival();
    abort.abort();
    await expect(aborted).rejects.toMatchObject({ type: 'KeyboardInterrupt' });
    checkpoint.tearDown();
    await expect(sleep({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'FUJIAN_EXECUTION_ABORTED',
    });
  });

  it('in isolation changes nothing, in a session only that', async () => {
    await python.service.set({ x: 1 });
    await python.service.set({ x: 2 }, { isolated: true });
    const { id } = await python.service.createSession();
    await python.service.set({ x: 3 }, { session: id });
    expect(await python.service.get('x', { isolated: true })).toBe(1);
    expect(await python.service.get('x', { session: id })).toBe(3);
    await python.service.close(id);
  });

  it('takes its turn among a thousand', async () => {
    await python.run('seen = []\ndef see(n):\n    seen.append(n)\n    return n');
    const numbers = Array.from({ length: 1000 }, (_, n) => n);
    const answers = numbers.map((n) => python.service.call('__main__:see', [n]));
    expect(await Promise.all(answers)).toEqual(numbers);
    expect(await python.service.get('seen')).toEqual(numbers);
  });

  it('leaves what is printed to those whose output it is', async () => {
    const calls = [];
    const outputs = [];
    let streamed = '';
    const onStdout = (text: string) => void (streamed += text);
    for (let n = 0; n < 200; n += 1) {
      calls.push(python.service.call('builtins:print', ['call', n]));
      calls.push(python.service.call('builtins:print', ['call', n]));
      outputs.push(python.execute(`print("code", ${n})`).then(({ stdout }) => stdout));
      calls.push(python.service.call('builtins:print', ['heard', n], {}, { onStdout }));
    }
    await Promise.all(calls);
    const numbered = (word: string) => Array.from({ length: 200 }, (_, n) => `${word} ${n}\n`);
    expect(await Promise.all(outputs)).toEqual(numbered('code'));
    expect(streamed).toBe(numbered('heard').join(''));
  });

  it('does not take what was printed between executions from the next one that can tell it', async () => {
    const checkpoint = await Checkpoint.build();
    await python.run(`import threading
def late(): ${checkpoint.pass()}; print("late"); ${checkpoint.pass()}
threading.Thread(target=late).start()`);
    (await checkpoint.arrival()).letThrough();
    const printed = await checkpoint.arrival();
    expect(await python.service.call('operator:add', [1, 2])).toBe(3);
    expect(await python.printed('')).toBe('late\n');
    printed.letThrough();
    checkpoint.tearDown();
  });

  it('is answered, and the next, if its array is taken away while it is being sent', async () => {
    const arrays = [new Uint8Array(1 << 24), new Uint8Array(1 << 24)] as const;
    const calls = arrays.map((array) => python.service.call('builtins:len', [array]));
    const settled = Promise.allSettled(calls);
    structuredClone(arrays[1].buffer, { transfer: [arrays[1].buffer] });
    expect((await settled)[1]).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining('was transferred') },
    });
    expect(await python.service.evaluate('1 + 1')).toBe(2);
  });

  it('whose interpreter dies is answered', async () => {
    await expect(python.service.call('os:_exit', [3])).rejects.toMatchObject({
      code: 'FUJIAN_INTERPRETER_DIED',
    });
    expect(await python.service.evaluate('1 + 1')).toBe(2);
  });

  it.each(['[{"$":"array","dtype":"int64","shape":[1],"b":0},true,[]]', 'no JSON', '[1,false,[]]'])(
    'that forges %s ends its session alone',
    async (head) => {
      await python.run(`
import os, struct
def forge(head):
    value = struct.pack("<II", 999999, len(head)) + head.encode()
    frame = struct.pack("<IB", len(value) + 1, 73) + value
    for descriptor in range(200, 230):
        try: os.write(descriptor, frame)
        except OSError: pass
    import time; time.sleep(1000)`);
      await expect(python.service.call('__main__:forge', [head])).rejects.toMatchObject({
        code: 'FUJIAN_INTERPRETER_DIED',
      });
      expect(await python.service.evaluate('1 + 1')).toBe(2);
    },
  );
});
