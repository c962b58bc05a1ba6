import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PythonHandle } from '../../src/execution/calls/python-handle.js';
import { eventually } from '../support/eventually.js';
import { TestPython } from '../support/python.js';
import { pythons } from '../support/pythons.js';

const OBJECTS = `
import weakref
alive = weakref.WeakSet()
class Account:
    bank = "B"
    def __init__(self, owner, balance=0):
        self.owner, self.balance = owner, balance
        alive.add(self)
    def pay(self, amount, *, note=""):
        self.balance += amount
        return [self.balance, note]
    def partner(self):
        return Account("partner of " + self.owner)
    def payments(self, n):
        yield from range(n)
def owner_of(account): return account.owner
`;

describe.each(pythons())('a handle of an object of Python $version', ({ path }) => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start({ python: path });
    await python.run(OBJECTS);
  });
  afterAll(() => python.close());

  const alive = () => python.service.evaluate<number>('len(alive)');

  it('shows nothing of the engine in a log', async () => {
    using account = await python.service.hold('__main__:Account', ['Ada']);
    expect(inspect(account)).toMatch(/^PythonHandle \{ id: \d+, isReleased: false \}$/);
    expect(Object.keys(account)).toEqual(['id', 'isReleased']);
  });

  it('is of what a function returns, and calls its methods', async () => {
    using account = await python.service.hold('__main__:Account', ['Ada'], { balance: 5 });
    expect(await account.call('pay', [2], { note: 'rent' })).toEqual([7, 'rent']);
    expect(await account.get('balance')).toBe(7);
    await account.set({ owner: 'Grace' });
    expect(await python.service.call('__main__:owner_of', [account])).toBe('Grace');
    expect(await python.service.call('builtins:len', [[account, { account }]])).toBe(2);
    const seen = [];
    for await (const payment of account.iterate('payments', [2])) seen.push(payment);
    expect(seen).toEqual([0, 1]);
  });

  it('is of what its methods return, and of its attributes', async () => {
    using account = await python.service.hold('__main__:Account', ['Ada']);
    using partner = await account.hold('partner');
    expect(await partner.get('owner')).toBe('partner of Ada');
    using kind = await account.import('__class__');
    expect(await kind.get('__name__')).toBe('Account');
    expect(await account.get('__class__.__name__')).toBe('Account');
  });

  it('is of a module, or of what it has', async () => {
    using math = await python.service.import('math');
    expect([await math.call('sqrt', [16]), await math.get('tau')]).toEqual([4, 2 * Math.PI]);
    using sqrt = await python.service.import('math:sqrt');
    expect(await sqrt.call('__call__', [9])).toBe(3);
    using account = await python.service.import('__main__:Account');
    expect(await account.get('bank')).toBe('B');
    await expect(python.service.import('no.such')).rejects.toMatchObject({
      type: 'ModuleNotFoundError',
    });
  });

  it('has the value of its object, where that can travel', async () => {
    using counter = await python.service.hold('collections:Counter', ['aab']);
    expect(await counter.value()).toEqual({ a: 2, b: 1 });
    using plain = await python.service.hold('builtins:object');
    await expect(plain.value()).rejects.toMatchObject({ type: 'UnsupportedValueError' });
  });

  it('keeps its object until it is released, and what was asked for before is done', async () => {
    const before = await alive();
    const account = await python.service.hold('__main__:Account', ['Ada']);
    expect(await alive()).toBe(before + 1);
    const asked = Array.from({ length: 50 }, () => account.call('pay', [1]));
    account.release();
    account.release();
    expect((await Promise.all(asked)).at(-1)).toEqual([50, '']);
    expect(await alive()).toBe(before);
    await expect(account.get('owner')).rejects.toMatchObject({ code: 'FUJIAN_STALE_HANDLE' });
    await expect(python.service.call('__main__:owner_of', [account])).rejects.toMatchObject({
      code: 'FUJIAN_STALE_HANDLE',
    });
  });

  it('takes no place in the queue for its release', async () => {
    const before = await alive();
    const held = await Promise.all(
      Array.from({ length: 900 }, () => python.service.hold('__main__:Account', ['Ada'])),
    );
    const waiting = Array.from({ length: 200 }, () => python.execute('pass'));
    for (const account of held) account.release();
    expect(await alive()).toBe(before);
    await Promise.all(waiting);
  });

  it('is released with its block', async () => {
    const before = await alive();
    {
      using account = await python.service.hold('__main__:Account', ['Ada']);
      expect(account).toBeInstanceOf(PythonHandle);
      expect(await alive()).toBe(before + 1);
    }
    expect(await alive()).toBe(before);
  });

  it('stays with its interpreter', async () => {
    const { id } = await python.service.createSession();
    const lab = python.service.session(id);
    await lab.execute(OBJECTS);
    const account = await lab.hold('__main__:Account', ['Ada']);
    // A fork has a copy.
    const { session: fork } = await python.service.fork(id);
    await account.set({ owner: 'Grace' });
    expect(await fork.call('__main__:owner_of', [account])).toBe('Ada');
    expect(await lab.call('__main__:owner_of', [account], {}, { isolated: true })).toBe('Grace');
    // `main` is not affected.
    await expect(python.service.call('__main__:owner_of', [account])).rejects.toMatchObject({
      code: 'FUJIAN_STALE_HANDLE',
    });
    await lab.restart();
    await expect(account.get('owner')).rejects.toMatchObject({ code: 'FUJIAN_STALE_HANDLE' });
    await python.service.close(id);
    account.release();
    await python.service.close(fork.id);
  });
});

describe('an unreferenced handle', () => {
  it('is released', async () => {
    const { setFlagsFromString } = await import('node:v8');
    const { runInNewContext } = await import('node:vm');
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const python = await TestPython.start();
    await python.run(OBJECTS);
    for (let n = 0; n < 20; n += 1) await python.service.hold('__main__:Account', ['Ada']);
    await eventually(async () => {
      collectGarbage();
      return (await python.service.evaluate<number>('len(alive)')) < 3;
    });
    await python.close();
  });
});
