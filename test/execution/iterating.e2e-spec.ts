import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestPython } from '../support/python.js';
import { pythons } from '../support/pythons.js';

const GENERATORS = `
import asyncio
log = []
def count(n):
    try:
        for i in range(n):
            log.append(f"make {i}")
            yield i
    finally:
        log.append("closed")
async def count_async(n):
    try:
        for i in range(n):
            await asyncio.sleep(0)
            yield i
    finally:
        await asyncio.sleep(0)
        log.append("closed")
def fail_after(n):
    yield from range(n)
    raise ValueError("no more")
async def make():
    return count_async(2)
def hang():
    yield 1
    while True: pass
`;

describe.each(pythons())('iterating over a result of Python $version', ({ path }) => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start({ python: path });
    await python.run(GENERATORS);
  });
  afterAll(() => python.close());

  const log = async () => {
    const told = await python.service.get<string[]>('log');
    await python.run('log.clear()');
    return told;
  };

  it.each([
    ['a generator', '__main__:count', [3], [0, 1, 2]],
    ['an asynchronous generator', '__main__:count_async', [3], [0, 1, 2]],
    ['one that has to be awaited', '__main__:make', [], [0, 1]],
    ['a list', 'builtins:list', ['ab'], ['a', 'b']],
    ['a dict', 'builtins:dict', [[['k', 1]]], ['k']],
    ['nothing', '__main__:count', [0], []],
  ])('gives the items of %s', async (_, target, args, items) => {
    expect(await all(python.service.iterate(target, args))).toEqual(items);
  });

  it('asks for each when it is wanted, and leaves the session free between them', async () => {
    await log();
    const seen = [];
    for await (const item of python.service.iterate<number>('__main__:count', [3])) {
      seen.push([item, await python.service.evaluate('log[-1]')]);
    }
    expect(seen).toEqual([
      [0, 'make 0'],
      [1, 'make 1'],
      [2, 'make 2'],
    ]);
    expect((await log()).at(-1)).toBe('closed');
  });

  it.each(['__main__:count', '__main__:count_async'])(
    'closes %s when the loop is left',
    async (target) => {
      await log();
      for await (const item of python.service.iterate<number>(target, [100])) {
        if (item === 1) break;
      }
      expect((await log()).filter((one) => one === 'closed')).toEqual(['closed']);
    },
  );

  it('closes it when the loop throws', async () => {
    await log();
    const loop = async () => {
      for await (const item of python.service.iterate('__main__:count', [100])) {
        throw new Error(`at ${String(item)}`);
      }
    };
    await expect(loop()).rejects.toThrow('at 0');
    expect(await log()).toEqual(['make 0', 'closed']);
  });

  it('passes an exception to the loop, after the items before', async () => {
    const seen: unknown[] = [];
    const loop = async () => {
      for await (const item of python.service.iterate('__main__:fail_after', [2])) seen.push(item);
    };
    await expect(loop()).rejects.toMatchObject({
      type: 'ValueError',
      value: 'no more',
      traceback: expect.stringContaining('in fail_after'),
    });
    expect(seen).toEqual([0, 1]);
  });

  it('refuses what cannot be iterated over, and items that cannot travel', async () => {
    await expect(all(python.service.iterate('builtins:int'))).rejects.toMatchObject({
      type: 'TypeError',
    });
    await expect(all(python.service.iterate('builtins:list', [[{}]]))).resolves.toEqual([{}]);
    await python.run('def objects(): yield object()');
    await expect(all(python.service.iterate('__main__:objects'))).rejects.toMatchObject({
      type: 'UnsupportedValueError',
    });
  });

  it('ends by its signal, also while it waits for an item', async () => {
    const controller = new AbortController();
    const seen: unknown[] = [];
    const loop = async () => {
      const options = { signal: controller.signal };
      for await (const item of python.service.iterate('__main__:hang', [], {}, options)) {
        seen.push(item);
        // The next item is asked for in this turn.
        setImmediate(() => controller.abort());
      }
    };
    await expect(loop()).rejects.toMatchObject({ name: expect.stringMatching(/Error$/) });
    expect(seen).toEqual([1]);
    expect(await python.service.evaluate('1 + 1')).toBe(2);
  });

  it('has a call answer an iterator as something to iterate over', async () => {
    const generator = await python.service.call<AsyncGenerator<number>>('__main__:count', [2]);
    expect(await all(generator)).toEqual([0, 1]);
    const squares =
      await python.service.evaluate<AsyncGenerator<number>>('(n * n for n in (1, 2))');
    expect(await all(squares)).toEqual([1, 4]);
  });

  it('fails when its interpreter dies', async () => {
    const { id } = await python.service.createSession();
    const session = python.service.session(id);
    await session.execute(GENERATORS);
    const items = session.iterate('__main__:count', [9]);
    await items.next();
    await session.restart();
    await expect(items.next()).rejects.toMatchObject({ code: 'FUJIAN_STALE_HANDLE' });
    await python.service.close(id);
  });
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const item of items) seen.push(item);
  return seen;
}
