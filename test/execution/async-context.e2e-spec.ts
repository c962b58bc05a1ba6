import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NotIsolated } from '../../src/execution/calls/not-isolated.js';
import type { CallOptions } from '../../src/execution/execution.js';
import type { ConnectionListener } from '../../src/execution/sessions/connection.js';
import { Checkpoint } from '../support/checkpoint.js';
import { TestPython } from '../support/python.js';

const requests = new AsyncLocalStorage<string>();

const CODE = `
import sys
def speak(*names):
    print("out"); print("err", file=sys.stderr)
def apply(f, *args): return f(*args)
def keep(f):
    global kept
    kept = f
def told(f):
    for n in range(2):
        print(n)
        yield f(n)
`;

/** Notes in which request each callback is called. */
class Noted {
  readonly requests = new Set<string | undefined>();
  readonly note = (): void => void this.requests.add(requests.getStore());
}

/**
 * Calls `use` in the contexts of two requests, one after the other, and returns those in which it
 * was called back.
 */
async function seenBy(use: (noted: Noted) => Promise<unknown>): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const name of ['alice', 'bob']) {
    const noted = new Noted();
    await requests.run(name, () => use(noted));
    seen.push([...noted.requests]);
  }
  return seen;
}

const EACH_ITS_OWN = [['alice'], ['bob']];

describe('the async context of a request', () => {
  let python: TestPython;

  beforeAll(async () => {
    // The interpreters of a request are those of all.
    python = await requests.run('the start', () => TestPython.start({ pool: { size: 1 } }));
    await requests.run('the setup', async () => {
      await python.service.restart();
      await python.run(CODE);
      await python.service.pool.execute(CODE);
    });
  });
  afterAll(() => python.close());

  const options = ({ note }: Noted): CallOptions & NotIsolated => ({
    onStdout: note,
    onStderr: note,
  });

  it.each([
    ['a call', (noted: Noted) => python.service.call('__main__:speak', [], {}, options(noted))],
    [
      'an isolated call',
      (noted: Noted) =>
        python.service.call('__main__:speak', [], {}, { ...options(noted), isolated: true }),
    ],
    [
      'a call of the pool',
      (noted: Noted) => python.service.pool.call('__main__:speak', [], {}, options(noted)),
    ],
    [
      'a handle',
      async (noted: Noted) =>
        (await python.service.import('__main__:speak')).call('__call__', [], {}, options(noted)),
    ],
    [
      'a module',
      (noted: Noted) =>
        python.service.module<{ speak(): Promise<void> }>('__main__', options(noted)).speak(),
    ],
  ])('is that of the output of %s', async (_, use) => {
    expect(await seenBy(use)).toEqual(EACH_ITS_OWN);
  });

  it('is that of the output of waiting calls, too', async () => {
    const noted = { alice: new Noted(), bob: new Noted() };
    await Promise.all(
      (['alice', 'bob'] as const).map((name) =>
        requests.run(name, () =>
          python.service.call('__main__:speak', [], {}, options(noted[name])),
        ),
      ),
    );
    expect([[...noted.alice.requests], [...noted.bob.requests]]).toEqual(EACH_ITS_OWN);
  });

  it('is that of onInput', async () => {
    const code = 'input()';
    const asked =
      ({ note }: Noted) =>
      () => (note(), '');
    expect(await seenBy((noted) => python.execute(code, { onInput: asked(noted) }))).toEqual(
      EACH_ITS_OWN,
    );
    const isolated = { isolated: true };
    expect(
      await seenBy((noted) => python.execute(code, { onInput: asked(noted), ...isolated })),
    ).toEqual(EACH_ITS_OWN);
  });

  it('is that of functions passed to Python, and of those that they return', async () => {
    await python.run('def twice(f): return f()()');
    const returning =
      ({ note }: Noted) =>
      async () => {
        note();
        await new Promise(setImmediate);
        note();
        return note;
      };
    expect(
      await seenBy((noted) => python.service.call('__main__:twice', [returning(noted)])),
    ).toEqual(EACH_ITS_OWN);
  });

  it('is that of a function that Python keeps, whoever has it called', async () => {
    const noted = new Noted();
    await requests.run('alice', () => python.service.call('__main__:keep', [noted.note]));
    await requests.run('bob', () => python.run('kept()'));
    expect([...noted.requests]).toEqual(['alice']);
    await python.run('del kept');
  });

  it('is that of the subscriber of a stream, and of its other callbacks', async () => {
    const code = 'print(input())';
    const use = ({ note }: Noted) => {
      const onInput = () => (note(), 'x');
      const ready = () => (note(), undefined);
      const stream = python.service.stream(code, { onInput, ready });
      return new Promise<void>((resolve, error) =>
        stream.subscribe({ next: note, error, complete: () => (note(), resolve()) }),
      );
    };
    expect(await seenBy(use)).toEqual(EACH_ITS_OWN);
  });

  it('is, where someone else subscribes, that of whoever passed the callback', async () => {
    const [options, subscriber] = [new Noted(), new Noted()];
    const stream = requests.run('alice', () =>
      python.service.stream('input()', { onInput: () => (options.note(), '') }),
    );
    await requests.run('bob', () => stream.forEach(subscriber.note));
    expect([[...options.requests], [...subscriber.requests]]).toEqual(EACH_ITS_OWN);
  });

  it.each(['service', 'pool'] as const)(
    'is that of a loop of the %s, wherever it goes on',
    async (of) => {
      const { service } = python;
      const noted = new Noted();
      const from = of === 'service' ? service : service.pool;
      const items = requests.run('alice', () =>
        from.iterate('__main__:told', [noted.note], {}, options(noted)),
      );
      await requests.run('bob', () => items.next());
      expect(requests.getStore()).toBeUndefined();
      for await (const _ of items);
      expect([...noted.requests]).toEqual(['alice']);
    },
  );

  it('does not hide that Python waits for the loop that goes on', async () => {
    const items = python.service.iterate('builtins:range', [3]);
    await items.next();
    const goOn = async () => (await items.next()).value;
    await expect(python.service.call('__main__:apply', [goOn])).rejects.toMatchObject({
      cause: { code: 'FUJIAN_REENTRANT_CALL' },
    });
  });

  it('is that of connect() for a connection', async () => {
    const checkpoint = await Checkpoint.build();
    const use = async ({ note }: Noted) => {
      const { id } = await python.service.createSession();
      let closed!: () => void;
      const isClosed = new Promise<void>((resolve) => (closed = resolve));
      let died!: () => void;
      const isDead = new Promise<void>((resolve) => (died = resolve));
      let printed!: () => void;
      const isPrinted = new Promise<void>((resolve) => (printed = resolve));
      const listener: ConnectionListener = {
        pushed: () => (note(), undefined),
        printedBetweenRuns: () => (note(), printed()),
        interpreterDied: () => (note(), died()),
        sessionClosed: () => (note(), closed()),
      };
      const connection = python.service.connect(listener, id);
      await requests.run('another', async () => {
        await connection.execute('FUJIAN_WS.write_message("m")');
        await python.service.session(id).execute(`
import threading, os
threading.Thread(target=lambda: (${checkpoint.pass()}, os.write(1, b"between"))).start()`);
        (await checkpoint.arrival()).letThrough();
        await isPrinted;
        await python.service
          .session(id)
          .execute('os._exit(3)')
          .catch(() => undefined);
        await isDead;
        await python.service.close(id);
        await isClosed;
      });
    };
    expect(await seenBy(use)).toEqual(EACH_ITS_OWN);
    checkpoint.tearDown();
  });

  it('is that of the subscriber to events of sessions', async () => {
    const noted = new Noted();
    const subscription = requests.run('alice', () =>
      python.service.sessionEvents.subscribe(noted.note),
    );
    const { id } = await requests.run('bob', () => python.service.createSession());
    await python.service.close(id);
    subscription.unsubscribe();
    expect([...noted.requests]).toEqual(['alice']);
  });

  it('is that of the request for events of its execution, from the first to the last', async () => {
    const seen: string[] = [];
    const subscription = python.service.executionEvents.subscribe(({ type }) =>
      seen.push(`${type} by ${requests.getStore()}`),
    );
    const begun = new AbortController();
    const running = requests.run('alice', () =>
      python.service.call('__main__:apply', [
        () => {
          requests.run('another', () => python.service.interrupt());
          begun.abort();
          return new Promise(() => undefined);
        },
      ]),
    );
    const waiting = requests.run('bob', () => python.execute('1'));
    await once(begun.signal, 'abort');
    await expect(running).rejects.toMatchObject({ type: 'KeyboardInterrupt' });
    await waiting;
    subscription.unsubscribe();
    expect(seen).toEqual([
      'submitted by alice',
      'begun by alice',
      'submitted by bob',
      'interrupted by alice',
      'begun by bob',
      'ended by alice',
      'ended by bob',
    ]);
  });
});
