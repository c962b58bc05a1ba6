import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PythonSession } from '../../src/execution/sessions/python-session.js';
import { Checkpoint } from '../support/checkpoint.js';
import { TestPython, TestSession } from '../support/python.js';
import { pythons } from '../support/pythons.js';

describe.each(pythons())('context variables in Python $version', ({ path }) => {
  let python: TestPython;
  let checkpoint: Checkpoint;
  let session: PythonSession;
  let own: TestSession;

  beforeAll(async () => {
    python = await TestPython.start({ python: path });
  });
  afterAll(() => python.close());

  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
    session = await python.service.createSession();
    own = new TestSession(session);
    await own.run(`import asyncio, contextvars
var = contextvars.ContextVar("var", default="default")
async def change(value): var.set(value)
def change_now(value): var.set(value)`);
  });
  afterEach(async () => {
    checkpoint.tearDown();
    await python.service.close(session.id);
  });

  const cell = async (code: string): Promise<void> => {
    const { error } = await session.execute(code, { interactive: true });
    expect(error).toBeUndefined();
  };

  it.each([
    ['code', () => own.run('var.set("set")')],
    ['a cell', () => cell('var.set("set")')],
    ['a cell that awaits', () => cell('await asyncio.sleep(0); var.set("set")')],
    ['what a cell awaits', () => cell('await change("set")')],
    ['a call', () => session.call('__main__:change_now', ['set'])],
    ['a coroutine that is called', () => session.call('__main__:change', ['set'])],
    ['an expression', () => session.evaluate('str(var.set("set"))')],
  ])('that %s has set are set in all code after it', async (_, set) => {
    await set();
    expect(await session.evaluate('var.get()')).toBe('set');
    expect(await session.call('__main__:var.get')).toBe('set');
    expect(await own.returned('fujian_return = var.get()')).toBe('set');
    await cell('assert var.get() == "set"');
    await cell('await asyncio.sleep(0); assert var.get() == "set"');
    const shown = 'class Shown:\n  def __repr__(self): return var.get()\nShown()';
    expect(await session.execute(shown, { interactive: true })).toMatchObject({
      shown: [{ data: { 'text/plain': 'set' } }],
    });
    expect(
      await own.returned(
        'class Returned:\n  def __str__(self): return var.get()\nfujian_return = Returned()',
      ),
    ).toBe('set');
  });

  it('are reset by a token of an earlier cell, whichever of the two awaits', async () => {
    await cell('await asyncio.sleep(0); token = var.set(1)');
    await cell('var.reset(token); assert var.get() == "default"; token = var.set(2)');
    await cell('await asyncio.sleep(0); var.reset(token); assert var.get() == "default"');
  });

  it('are those of its start in a task that goes on between cells', async () => {
    await cell(`async def work():
  seen.append(var.get())
  var.set("of the task")
  await asyncio.get_running_loop().run_in_executor(None, lambda: ${checkpoint.pass()})
  seen.append(var.get())
seen = []
var.set("first")
task = asyncio.create_task(work())
await asyncio.sleep(0)
var.set("second")`);
    (await checkpoint.arrival()).letThrough();
    await cell('await task; seen.append(var.get())');
    expect(await session.evaluate('seen')).toEqual(['first', 'of the task', 'second']);
  });

  it('are copied by a fork, and apart from then on', async () => {
    await cell('await change("before")');
    const { session: fork } = await python.service.fork(session.id);
    await fork.execute('await change(var.get() + " the fork")', { interactive: true });
    expect(await fork.evaluate('var.get()')).toBe('before the fork');
    expect(await session.evaluate('var.get()')).toBe('before');
    await python.service.close(fork.id);
  });

  it('are kept where a cell is interrupted', async () => {
    const running = session.execute(
      `var.set("set")\n${checkpoint.pass()}\nawait asyncio.sleep(1000)`,
      {
        interactive: true,
      },
    );
    const { letThrough, past } = await checkpoint.arrival();
    letThrough();
    await past;
    session.interrupt();
    expect((await running).error?.type).toBe('KeyboardInterrupt');
    expect(await session.evaluate('var.get()')).toBe('set');
    await cell('await change("again"); assert var.get() == "again"');
  });
});
