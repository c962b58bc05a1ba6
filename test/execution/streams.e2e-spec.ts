import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/execution/stream-events.js';
import type { StreamOptions } from '../../src/execution/execution.js';
import { InterpreterDiedError } from '../../src/errors/interpreter-death.js';
import { Checkpoint } from '../support/checkpoint.js';
import { times } from '../support/property.js';
import { TestPython } from '../support/python.js';
import { pythons } from '../support/pythons.js';

/**
 * Bytes that either process may grow by, a small part of the output. The bench measures the exact growth; this
 * bound must not depend on the time of garbage collection.
 */
const ROOM = 160 * 1024 * 1024;

/** Bytes of a flood: everyday several times `ROOM`, else two gigabytes. */
const SIZE = times(1 << 29, 2 ** 31);
const FLOOD = `chunk = "x" * (1 << 20)\nfor _ in range(${SIZE / 2 ** 20}): print(chunk, end="")`;

let checkpoint: Checkpoint;
beforeEach(async () => {
  checkpoint = await Checkpoint.build();
});
afterEach(() => checkpoint.tearDown());

describe.each(pythons())('a stream of Python $version', ({ path }) => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start({ python: path });
  });
  afterAll(() => python.close());

  it('emits all events, the result after the output, and its end last', async () => {
    const events = await observed(
      python,
      `import sys
print("out")
print("err", file=sys.stderr)
FUJIAN_WS.write_message({"progress": 1})
fujian_return = 6 * 7`,
    );
    expect(textOf(events, 'stdout')).toBe('out\n');
    expect(textOf(events, 'stderr')).toBe('err\n');
    expect(events).toContainEqual({ type: 'push', message: '{"progress": 1}' });
    expect(events.slice(-2)).toEqual([{ type: 'result', return: '42' }, { type: 'done' }]);
  });

  it('emits an exception in place of a result', async () => {
    const events = await observed(python, 'print("before"); 1 / 0');
    expect(textOf(events, 'stdout')).toBe('before\n');
    expect(events.filter(({ type }) => type !== 'stdout')).toMatchObject([
      { type: 'error', error: { type: 'ZeroDivisionError' } },
      { type: 'done' },
    ]);
  });

  it('emits output at once, also incomplete lines', async () => {
    const printed = iterate(python, `print(".", end=""); ${checkpoint.pass()}`);
    const first = await printed.next();
    expect(first.value).toEqual({ type: 'stdout', text: '.' }); // and the code waits at the checkpoint
    (await checkpoint.arrival()).letThrough();
    expect(await rest(printed)).toEqual([{ type: 'result', return: '' }, { type: 'done' }]);
  });

  it('keeps characters whole', async () => {
    const events = await observed(
      python,
      `import os
for byte in "ä😀".encode(): os.write(1, bytes([byte]))
os.write(1, b"\\xff")`,
    );
    expect(textOf(events, 'stdout')).toBe('ä😀\\xff');
    expect(JSON.stringify(events)).not.toContain('\ufffd');
  });

  it('gives each execution its own output, with others before and after', async () => {
    const codes = Array.from({ length: 40 }, (_, n) => `import os; os.write(1, b"${n};")`);
    const all = await Promise.all(
      codes.map((code, n) =>
        n % 2 === 0
          ? observed(python, code).then((events) => textOf(events, 'stdout'))
          : python.printed(code),
      ),
    );
    expect(all).toEqual(codes.map((_, n) => `${n};`));
  });
});

describe('a stream', () => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start();
  });
  afterAll(() => python.close());

  it('begins with a subscription, anew for each', async () => {
    await python.run('count = 0');
    const stream = python.service.stream('count += 1; fujian_return = count');
    expect(await python.returned('fujian_return = count')).toBe('0');
    const results = [await collected(stream), await collected(stream)].flat();
    expect(results.filter(({ type }) => type === 'result')).toEqual([
      { type: 'result', return: '1' },
      { type: 'result', return: '2' },
    ]);
  });

  it('is interrupted when its subscriber leaves', async () => {
    const subscription = python.service
      .stream(`print("."); ${checkpoint.pass()}\nwhile True: int()`)
      .subscribe();
    await checkpoint.arrival();
    subscription.unsubscribe();
    expect(await python.returned('fujian_return = "free"')).toBe('free');
  });

  it('is interrupted when its iteration is left', async () => {
    for await (const event of python.service.stream('while True: print(".")')) {
      expect(event.type).toBe('stdout');
      break;
    }
    expect(await python.returned('fujian_return = "free"')).toBe('free');
    expect(python.service.generation).toBe(1);
  });

  it('ends although output and pushes wait for a slow loop', async () => {
    const types: string[] = [];
    const code = 'for n in range(5): print(n); FUJIAN_WS.write_message(str(n)); time.sleep(0.005)';
    for await (const { type } of python.service.stream(`import time\n${code}`)) {
      types.push(type);
      await new Promise((resolve) => setTimeout(resolve, 20)); // slower than Python, mostly
    }
    expect(types.filter((type) => type === 'push')).toHaveLength(5);
    expect(types.slice(-2)).toEqual(['result', 'done']);
  });

  it('fails, and is interrupted, when `ready` throws', async () => {
    const options: StreamOptions = {
      ready: () => {
        throw new Error('of the reader');
      },
    };
    const failed = observed(python, 'while True: print(".")', options);
    await expect(failed).rejects.toThrow('of the reader');
    expect(await python.returned('fujian_return = "free"')).toBe('free');
  });

  it('is not begun when it is left before its turn', async () => {
    const first = python.execute(checkpoint.pass());
    const { letThrough } = await checkpoint.arrival();
    const subscription = python.service.stream('ran = True').subscribe();
    subscription.unsubscribe();
    letThrough();
    await first;
    expect(await python.returned('fujian_return = "ran" in globals()')).toBe('False');
  });

  it('fails with the reason when the interpreter dies, after all that it printed', async () => {
    const seen: StreamEvent[] = [];
    const death = await new Promise<unknown>((resolve) => {
      python.service.stream('print("last words", end=""); import os; os._exit(3)').subscribe({
        next: (event) => seen.push(event),
        error: resolve,
      });
    });
    expect(death).toBeInstanceOf(InterpreterDiedError);
    expect((death as InterpreterDiedError).death.reason).toBe('exit code 3');
    expect(textOf(seen, 'stdout')).toBe('last words');
  });

  it('does not take the pushes of others, nor give them its own', async () => {
    const heard: unknown[] = [];
    const connection = python.service.connect({
      pushed: (message) => void heard.push(message),
      printedBetweenRuns: () => undefined,
      interpreterDied: () => undefined,
      sessionClosed: () => undefined,
    });
    const events = observed(python, 'FUJIAN_WS.write_message("of the stream")');
    await connection.execute('FUJIAN_WS.write_message("of the connection")');
    await python.run('FUJIAN_WS.write_message("of neither")');
    connection.close();
    expect(heard).toEqual(['of the connection', 'of neither']);
    expect((await events).filter(({ type }) => type === 'push')).toEqual([
      { type: 'push', message: 'of the stream' },
    ]);
  });

  it('begins with what threads printed when nothing ran', async () => {
    await python.run(
      `import threading
def late():
  ${checkpoint.pass()}
  print("late", flush=True)
  ${checkpoint.pass()}
threading.Thread(target=late).start()`,
    );
    (await checkpoint.arrival()).letThrough();
    await checkpoint.arrival(); // the code has printed
    const events = await observed(python, 'print("now")');
    expect(textOf(events, 'stdout')).toBe('late\nnow\n');
  });
});

describe('a flood', () => {
  let python: TestPython;
  let pid: number;
  let before: { node: number; python: number };

  const growth = async () => ({
    node: process.memoryUsage().rss - before.node,
    python: (await peakOfPython(python)) - before.python,
  });

  beforeEach(async () => {
    python = await TestPython.start();
    await observed(python, 'print("warm" * (1 << 18))');
    pid = Number(await python.returned('import os; fujian_return = os.getpid()'));
    before = { node: process.memoryUsage().rss, python: await peakOfPython(python) };
  });
  afterEach(() => python.close());

  it('arrives whole and in no more memory, at a client that reads', async () => {
    let size = 0;
    let peak = 0;
    for await (const event of python.service.stream(FLOOD)) {
      if (event.type !== 'stdout') continue;
      size += event.text.length;
      peak = Math.max(peak, process.memoryUsage.rss());
    }
    expect(size).toBe(SIZE);
    expect(peak - before.node).toBeLessThan(ROOM);
    expect((await growth()).python).toBeLessThan(ROOM);
  });

  it('waits in Python for a client that does not read, and comes on when it does', async () => {
    let go!: () => void;
    const ready = new Promise<void>((resolve) => (go = resolve));
    let size = 0;
    const done = new Promise<void>((resolve, reject) => {
      python.service.stream(FLOOD, { ready: () => ready }).subscribe({
        next: (event) => void (size += event.type === 'stdout' ? event.text.length : 0),
        complete: resolve,
        error: reject,
      });
    });
    await untilItWaits(pid);
    const stalled = size;
    expect(process.memoryUsage().rss - before.node).toBeLessThan(ROOM);
    go();
    await done;
    expect(stalled).toBeLessThan(1 << 20);
    expect(size).toBe(SIZE);
    const { node, python: pythonGrowth } = await growth();
    expect(node).toBeLessThan(ROOM);
    expect(pythonGrowth).toBeLessThan(ROOM);
  });

  it('waits in Python while a push of the code before it has not been taken', async () => {
    let take!: () => void;
    const taken = new Promise<void>((resolve) => (take = resolve));
    const pushes = observed(python, 'FUJIAN_WS.write_message("x")', { ready: () => taken });
    let size = 0;
    const done = new Promise<void>((complete, error) => {
      python.service.stream(FLOOD).subscribe({
        next: (event) => void (size += event.type === 'stdout' ? event.text.length : 0),
        complete,
        error,
      });
    });
    await untilItWaits(pid);
    expect(process.memoryUsage().rss - before.node).toBeLessThan(ROOM);
    take();
    await Promise.all([pushes, done]);
    expect(size).toBe(SIZE);
  });

  it('ends by an interrupt, whether or not its client reads', async () => {
    const never = new Promise<void>(() => undefined);
    const done = observed(python, FLOOD, { ready: () => never });
    await untilItWaits(pid);
    expect(python.service.interrupt()).toBe(true);
    const events = await done;
    expect(events.at(-1)).toEqual({ type: 'done' });
    expect(events.find(({ type }) => type === 'error')).toMatchObject({
      error: { type: 'KeyboardInterrupt' },
    });
    expect(textOf(events, 'stderr')).toMatch(/\[fujian: \d+ bytes of output were dropped/);
    expect(await python.returned('fujian_return = "free"')).toBe('free');
    expect(process.memoryUsage().rss - before.node).toBeLessThan(ROOM);
  });
});

function observed(
  { service }: TestPython,
  code: string,
  options?: StreamOptions,
): Promise<StreamEvent[]> {
  return collected(service.stream(code, options));
}

function collected(stream: ReturnType<TestPython['service']['stream']>): Promise<StreamEvent[]> {
  return new Promise((resolve, reject) => {
    const events: StreamEvent[] = [];
    stream.subscribe({
      next: (event) => events.push(event),
      complete: () => resolve(events),
      error: reject,
    });
  });
}

function iterate({ service }: TestPython, code: string): AsyncGenerator<StreamEvent> {
  return service.stream(code)[Symbol.asyncIterator]();
}

async function rest(events: AsyncGenerator<StreamEvent>): Promise<StreamEvent[]> {
  const all: StreamEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

function textOf(events: readonly StreamEvent[], stream: 'stdout' | 'stderr'): string {
  return events.map((event) => (event.type === stream ? event.text : '')).join('');
}

/** Returns the peak memory of Python in bytes. */
async function peakOfPython(python: TestPython): Promise<number> {
  const status = await python.returned('fujian_return = open("/proc/self/status").read()');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) * 1024;
}

/** Waits until the process sleeps in a write to a pipe that is not read. */
async function untilItWaits(pid: number): Promise<void> {
  // The number of the system call write() on x86-64 and on ARM, and its descriptor.
  const isWaiting = () => /^(1|64) 0x1 /.test(readFileSync(`/proc/${pid}/syscall`, 'utf8'));
  while (!isWaiting()) await new Promise((resolve) => setImmediate(resolve));
}
