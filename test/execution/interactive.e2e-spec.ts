import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ExecuteOptions, ExecutionResult } from '../../src/execution/execution.js';
import type { StreamEvent } from '../../src/execution/stream-events.js';
import { Checkpoint } from '../support/checkpoint.js';
import { TestPython } from '../support/python.js';
import { pythons } from '../support/pythons.js';

describe.each(pythons())('interactive code in Python $version', ({ path, version }) => {
  let python: TestPython;
  let checkpoint: Checkpoint;

  beforeAll(async () => {
    python = await TestPython.start({ python: path });
  });
  afterAll(() => python.close());
  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
  });
  afterEach(async () => {
    checkpoint.tearDown();
    for (const { id } of python.service.sessions())
      if (id !== 'main') await python.service.close(id);
    expect(python.service.generation).toBe(1); // no test has cost the interpreter
  });

  const run = (code: string, options: ExecuteOptions & { session?: string } = {}) =>
    python.service.execute(code, { interactive: true, ...options });

  /** Runs code that must not raise. */
  async function succeed(code: string, options?: Parameters<typeof run>[1]) {
    const result = await run(code, options);
    if (result.error) throw new Error(`unexpected: ${result.error.traceback}`);
    return result;
  }

  /** Returns the text of the last expression's value; undefined without one. */
  async function value(code: string, options?: Parameters<typeof run>[1]) {
    return valueIn(await succeed(code, options));
  }

  async function failure(code: string, options?: Parameters<typeof run>[1]) {
    const { error } = await run(code, options);
    if (!error) throw new Error('it did not raise');
    return error;
  }

  /** Returns the stdout of code. */
  const printed = async (code: string) => (await succeed(code)).stdout;

  async function events(code: string): Promise<StreamEvent[]> {
    const all: StreamEvent[] = [];
    for await (const event of python.service.stream(code, { interactive: true })) all.push(event);
    return all;
  }

  /** Interrupts code at the checkpoint; returns its result. */
  async function interrupted(code: string): Promise<ExecutionResult> {
    const running = run(code);
    (await checkpoint.arrival()).letThrough();
    expect(python.service.interrupt()).toBe(true);
    return running;
  }

  describe('has a value', () => {
    it.each([
      ['1 + 1', '2'],
      ['x = 20\nx + 1', '21'],
      ['x = 1', undefined],
      ['', undefined],
      ['# nothing', undefined],
      ['None', undefined],
      ['"text"', "'text'"],
      ['"text";', undefined],
      ['"text" ;  # quiet', undefined],
      ['"a;b"', "'a;b'"],
      ['1; 2', '2'],
      ['(1,\n 2)', '(1, 2)'],
      ['("ä", "😀");', undefined],
      ['if True: 5', undefined],
      ['def f(): return 5\nf()', '5'],
      ['fujian_return = 1; fujian_return', '1'],
      ['__name__', "'__main__'"],
      ['[n for n in range(3)]', '[0, 1, 2]'],
      ['print', '<built-in function print>'],
    ])('%j: %s', async (code, expected) => {
      expect(await value(code)).toBe(expected);
    });

    it('which is shown last, after what it shows and prints itself', async () => {
      const code = `class Loud:
  def __repr__(self): print("its repr"); return "loud"
display(1)
print("before")
Loud()`;
      const all = await events(code);
      expect(summary(all)).toEqual([
        'begin',
        'display 1',
        'out before\nits repr\n',
        'value loud',
        'result',
        'done',
      ]);
    });

    it('beside fujian_return', async () => {
      const result = await succeed('fujian_return = "returned"\n"value"');
      expect([result.return, valueIn(result)]).toEqual(['returned', "'value'"]);
    });
  });

  it('begins with its number, before anything else', async () => {
    const { count } = await succeed('pass');
    const all = await events('import sys; print("out"); display(1); 2');
    expect(all[0]).toEqual({ type: 'begin', count: count! + 1 });
    expect(all.filter(({ type }) => type === 'begin')).toHaveLength(1);
    expect((await run('no no no')).count).toBe(count! + 2);
    expect(await python.execute('pass')).not.toHaveProperty('count');
  });

  it('has the last values at hand: _, __, ___ and Out', async () => {
    const { count } = await succeed('"one"');
    await succeed('"two"');
    await succeed('pass');
    expect(await value('_, __')).toBe("('two', 'one')");
    expect(await value(`__, Out[${count}]`)).toBe("('two', 'one')");
    await succeed('_ = "mine"');
    await succeed('5');
    expect(await value('_')).toBe("'mine'");
    await succeed('del _');
    await succeed('6');
    expect(await value('_')).toBe('6');
  });

  it('shows things in order with what is printed', async () => {
    const code = (file: string) => `import sys
for n in range(3):
  print("a", n, file=sys.${file})
  display(n)
  print("b", n, file=sys.${file})
  display(-n)`;
    // stdout and stderr have no order between them, as in any terminal.
    for (const file of ['stdout', 'stderr']) {
      const out = file.slice(3);
      const told = [0, 1, 2].flatMap((n) => [
        `${out} a ${n}\n`,
        `display ${n}`,
        `${out} b ${n}\n`,
        `display ${n === 0 ? 0 : -n}`,
      ]);
      expect(summary(await events(code(file)))).toEqual(['begin', ...told, 'result', 'done']);
    }
  });

  it('shows the same without a stream', async () => {
    const { shown } = await succeed(`handle = display("x", display_id="id")
handle.update("y")
from IPython.display import clear_output
clear_output(wait=True)
"z"`);
    expect(shown).toEqual([
      { type: 'display', id: 'id', data: { 'text/plain': "'x'" }, metadata: {} },
      { type: 'update', id: 'id', data: { 'text/plain': "'y'" }, metadata: {} },
      { type: 'clear', wait: true },
      { type: 'value', data: { 'text/plain': "'z'" }, metadata: {} },
    ]);
  });

  describe('with await', () => {
    it('at top level', async () => {
      expect(await value('import asyncio\nawait asyncio.sleep(0, "slept")')).toBe("'slept'");
      const code = `async def numbers():
  for n in range(3): yield n
async with asyncio.Lock(): inside = True
found = [n async for n in numbers()]
async for n in numbers(): pass
found, inside, n`;
      expect(await value(code)).toBe('([0, 1, 2], True, 2)');
    });

    it('raises what it raises, with the line of the user alone', async () => {
      const { traceback, type } = await failure(`import asyncio
async def fail():
  await asyncio.sleep(0)
  raise ValueError("no")
await fail()`);
      expect(type).toBe('ValueError');
      expect(withoutCarets(traceback)).toMatch(
        /^Traceback \(most recent call last\):\n {2}File "<fujian-\d+>", line 5, in <module>\n {4}await fail\(\)\n {2}File "<fujian-\d+>", line 4, in fail\n {4}raise ValueError\("no"\)\nValueError: no\n$/,
      );
    });

    it('has create_task() where nothing awaits', async () => {
      await succeed(`import asyncio
async def work(): return "worked"
task = asyncio.create_task(work())`);
      expect(await value('await task')).toBe("'worked'");
    });

    it('has tasks go on while nothing runs', async () => {
      await succeed(`import asyncio
async def work():
  await asyncio.get_running_loop().run_in_executor(None, lambda: ${checkpoint.pass()})
  global worked
  worked = True
  await asyncio.get_running_loop().run_in_executor(None, lambda: ${checkpoint.pass('worked')})
task = asyncio.create_task(work())`);
      (await checkpoint.arrival()).letThrough();
      const { word, letThrough } = await checkpoint.arrival();
      expect(word).toBe('True');
      letThrough();
      await succeed('await task');
    });

    it('leaves asyncio.run() to code that does not', async () => {
      const code = 'import asyncio\nasync def f(): return 5\nasyncio.run(f())';
      expect(await value(code)).toBe('5');
      expect(await value('await f()')).toBe('5');
      expect(await value('asyncio.run(f())')).toBe('5');
    });

    it('begins although a task has taken in what was sent', async () => {
      await succeed(`import asyncio
polls = True
async def poll():
  while polls:
    FUJIAN_WS.is_open()
    await asyncio.sleep(0)
task = asyncio.create_task(poll())`);
      for (let n = 0; n < 100; n++) expect(await value(String(n))).toBe(String(n));
      await succeed('polls = False\nawait task');
    });

    it('begins although a thread has taken in what was sent', async () => {
      await succeed(`import asyncio, threading
polls = True
def poll():
  while polls: FUJIAN_WS.is_open()
thread = threading.Thread(target=poll)
thread.start()
await asyncio.sleep(0)`);
      for (let n = 0; n < 20; n++) expect(await value(String(n))).toBe(String(n));
      await succeed('polls = False\nthread.join()');
    });

    it('ends at its own end, however those before it have ended', async () => {
      const codes = Array.from({ length: 12 }, (_, n) =>
        n % 2 === 0
          ? 'import asyncio; await asyncio.sleep(0); raise SystemExit'
          : `import asyncio; await asyncio.sleep(0.001, ${n})`,
      );
      const results = await Promise.all(codes.map((code) => run(code)));
      expect(results.map((result) => result.error?.type ?? valueIn(result))).toEqual(
        codes.map((_, n) => (n % 2 === 0 ? 'SystemExit' : String(n))),
      );
    });

    it('survives code that cancels itself', async () => {
      const { type } = await failure(
        'import asyncio; asyncio.current_task().cancel(); await asyncio.sleep(0)',
      );
      expect(type).toBe('CancelledError');
      expect(await value('await asyncio.sleep(0, 1)')).toBe('1');
    });

    it('can be left by SystemExit', async () => {
      expect(
        await failure('import asyncio; await asyncio.sleep(0); raise SystemExit(3)'),
      ).toMatchObject({ type: 'SystemExit', value: '3' });
      expect(await value('await asyncio.sleep(0, 1)')).toBe('1');
    });
  });

  describe('ends by an interrupt', () => {
    it('where it awaits, and its traceback shows the line', async () => {
      const { error } = await interrupted(
        // The code awaits by then.
        `import asyncio
asyncio.get_running_loop().call_soon(lambda: ${checkpoint.pass()})
await asyncio.sleep(300)  # here`,
      );
      expect(error!.type).toBe('KeyboardInterrupt');
      const { traceback } = error!;
      expect(traceback).toMatch(/line 3, in <module>\n {4}await asyncio\.sleep\(300\) {2}# here\n/);
      expect(traceback).toMatch(/KeyboardInterrupt\n$/);
      expect(traceback).not.toContain('_fujian');
      expect(await value('await asyncio.sleep(0, "free")')).toBe("'free'");
    });

    it('where a finally clause awaits too', async () => {
      const { error, stdout } = await interrupted(`import asyncio
asyncio.get_running_loop().call_soon(lambda: ${checkpoint.pass()})
try:
  await asyncio.sleep(300)
finally:
  await asyncio.sleep(0)
  print("cleaned")`);
      expect([error?.type, stdout]).toEqual(['KeyboardInterrupt', 'cleaned\n']);
    });

    it('also when a task of another execution hogs the loop', async () => {
      await succeed(`import asyncio
async def hog():
  await go.wait()
  while hogs: ${checkpoint.pass('"hogs"')}
  return "hogged"
hogs, go = True, asyncio.Event()
task = asyncio.create_task(hog())`);
      const running = run('go.set(); await asyncio.sleep(300)');
      await checkpoint.arrival(); // the task is not let through: nothing but the interrupt ends it
      python.service.interrupt();
      expect((await running).error?.type).toBe('KeyboardInterrupt');
      checkpoint.tearDown();
      checkpoint = await Checkpoint.build();
      expect(await value('hogs = False; task.done()')).toBe('True');
    });

    it('when a task that hogs the loop has the code wait to begin', async () => {
      await succeed(`import asyncio
async def hog():
  await asyncio.sleep(0)
  ${checkpoint.pass()}
  while True: pass
task = asyncio.create_task(hog())`);
      (await checkpoint.arrival()).letThrough();
      const running = run('"ran"');
      expect(python.service.interrupt()).toBe(true);
      const { error, shown } = await running;
      expect(error?.type ?? shown).toSatisfy(
        (outcome) => outcome === 'KeyboardInterrupt' || Array.isArray(outcome),
      );
      expect(await value('"free"')).toBe("'free'");
    });

    it.each([
      ['a loop of display()', (pass: string) => `${pass}\nwhile True: display(1)`],
      [
        'a repr() that does not end',
        (pass: string) =>
          `class Slow:\n  def __repr__(self):\n    ${pass}\n    while True: pass\nSlow()`,
      ],
      [
        'a _repr_html_() that does not end',
        (pass: string) =>
          `class Slow:\n  def _repr_html_(self):\n    ${pass}\n    while True: pass\ndisplay(Slow())`,
      ],
      ['a command', (pass: string) => `${pass}\n!sleep 300`],
      ['a command whose output is taken', (pass: string) => `${pass}\nx = !sleep 300`],
    ])('in %s', async (_, code) => {
      const { error } = await interrupted(code(checkpoint.pass()));
      expect(error?.type).toBe('KeyboardInterrupt');
      expect(error?.traceback).not.toContain('_fujian');
      expect(await value('"free"')).toBe("'free'");
    });
  });

  describe('runs commands', () => {
    it('whose output comes as it is written', async () => {
      const stream = python.service.stream(`!echo live; echo err >&2\n${checkpoint.pass()}`, {
        interactive: true,
      });
      const all: StreamEvent[] = [];
      const done = (async () => {
        for await (const event of stream) all.push(event);
      })();
      (await checkpoint.arrival()).letThrough();
      await done;
      expect(outputOf(all, 'stdout')).toBe('live\n');
      expect(outputOf(all, 'stderr')).toContain('err\n');
    });

    it('and has their exit code', async () => {
      expect(await value('!exit 3\n_exit_code')).toBe('3');
      expect(await value('!true\n_exit_code')).toBe('0');
    });

    it('with values of variables and expressions', async () => {
      expect(
        await printed('x, name = [1, 2], "wörld"\n!echo {x[1] + 1} $name ${{HOME}} $$'),
      ).toMatch(/^3 wörld \S* ?\d*\$?\n$/);
      expect(await printed('def f(local):\n  !echo {local} $local\nf("inner")')).toBe(
        'inner inner\n',
      );
      expect(await printed('!FUJIAN_X=shell; echo $FUJIAN_X {not a name}')).toBe(
        'shell {not a name}\n',
      );
    });

    it('and takes their lines', async () => {
      expect(await value('files = !printf "a\\nb c\\n"\nfiles')).toBe("['a', 'b c']");
      expect(await value('x = !false\nx, _exit_code')).toBe('([], 1)');
    });

    it('within blocks, and over lines', async () => {
      expect(await printed('for n in range(2):\n  if n:\n    !echo {n}')).toBe('1\n');
      expect(await printed('!echo one \\\n  two\nprint(3)')).toBe('one two\n3\n');
    });

    it.each(['\r\n', '\r'])('over lines that end in %j', async (end) => {
      const lines = (...all: string[]) => all.join(end);
      expect(await printed(lines('!echo one \\', '  two', 'print(3)'))).toBe('one two\n3\n');
      expect(await printed(lines('if True:', '  !echo in', '  !echo block', ''))).toBe(
        'in\nblock\n',
      );
      expect(await value(lines('x = !echo a', '"""', '!echo no', '"""', 'x'))).toBe("['a']");
      expect(await value(lines('1', '2;', ''))).toBeUndefined();
      const { traceback } = await failure(lines('!true', 'x = 1', 'x = = 2'));
      expect(traceback).toContain('line 3\n    x = = 2\n        ^\n');
    });

    it('and leaves strings as they are', async () => {
      const text = '"""\n!echo no\n%pip no\nx = !no\n"""';
      expect(await value(`!true\ntext = ${text}\ntext`)).toBe(
        "'\\n!echo no\\n%pip no\\nx = !no\\n'",
      );
      expect(await value('10 \\\n% 4')).toBe('2');
      expect(await value('(10\n% 4)')).toBe('2');
    });

    it('without shifting lines', async () => {
      const { traceback } = await failure('!true\n\n!echo \\\n  two\n1 / 0  # line 5');
      expect(traceback).toMatch(/line 5, in <module>\n {4}1 \/ 0 {2}# line 5\n/);
    });

    it('such as %pip, for the Python that runs', async () => {
      expect(await printed('%pip --version')).toMatch(
        new RegExp(`^pip \\d.* \\(python ${version.split('.').slice(0, 2).join('\\.')}\\)\n$`),
      );
      const { type } = await failure('%pip no-such-command');
      expect(type).toBe('CalledProcessError');
    });

    it('such as %cd and %env', async () => {
      expect(await printed('import os; was = os.getcwd()\n%cd /\nos.chdir(was)')).toBe('/\n');
      expect(await value('%env FUJIAN_TEST_ENV=a b\nos.environ.pop("FUJIAN_TEST_ENV")')).toBe(
        "'a b'",
      );
      await succeed('%matplotlib inline');
    });

    it('and says which it knows', async () => {
      const { type, value, traceback } = await failure('x = 1\n%timeit x');
      expect(type).toBe('UsageError');
      expect(value).toBe(
        '%timeit is not known here; %pip, %cd, %env and %matplotlib are, and !command',
      );
      expect(traceback).toMatch(/line 2, in <module>\n {4}%timeit x\n/);
      expect(traceback).not.toContain('_fujian');
    });
  });

  describe('that is no Python', () => {
    it.each([
      ['a = 1\nb = = 2', 2, 'b = = 2'],
      ['a = 1\n\nno no no', 3, 'no no no'],
      ['!true\nno no no', 2, 'no no no'],
      ['x = await y z', 1, 'x = await y z'],
      ['for n in 1:\nn', 2, 'n'],
    ])('%j has its line and a caret', async (code, line, text) => {
      const { type, traceback } = await failure(code);
      expect(type).toMatch(/^(Syntax|Indentation)Error$/);
      expect(traceback).toMatch(/^ {2}File "<fujian-\d+>", line /);
      expect(traceback).toContain(`line ${line}`);
      expect(traceback).toMatch(new RegExp(`\\n {4}${escape(text)}\\n\\s*\\^`));
      expect(traceback).not.toContain('_fujian');
    });

    it('changes nothing of what runs next', async () => {
      await failure('return 5');
      await failure('yield 5');
      expect(await value('5')).toBe('5');
    });
  });

  it('knows from __future__ import annotations', async () => {
    const code =
      'from __future__ import annotations\ndef f(x: NoSuchName): pass\nf.__annotations__';
    expect(await value(code)).toBe("{'x': 'NoSuchName'}");
    expect(await value('"ok"')).toBe("'ok'");
  });

  describe('with env', () => {
    const read = 'import os; os.environ.get("FUJIAN_TEST_A"), os.environ.get("FUJIAN_TEST_B")';

    it('has the variables set, and set back', async () => {
      await succeed('import os; os.environ["FUJIAN_TEST_A"] = "before"');
      const env = { FUJIAN_TEST_A: 'a "b"\nc', FUJIAN_TEST_B: '' };
      expect(await value(read, { env })).toBe(`('a "b"\\nc', '')`);
      expect((await failure('1 / 0', { env })).type).toBe('ZeroDivisionError');
      expect(await value(read)).toBe("('before', None)");
      await succeed('del os.environ["FUJIAN_TEST_A"]');
    });

    it('has them too where code is not interactive', async () => {
      const result = await python.execute(
        'import os; fujian_return = os.environ["FUJIAN_TEST_B"]',
        {
          env: { FUJIAN_TEST_B: 'plain' },
        },
      );
      expect(result.return).toBe('plain');
      expect(await value(read)).toBe('(None, None)');
    });

    it.each([{ '': 'x' }, { 'A=B': 'x' }, { 'A\0': 'x' }, { A: 'x\0' }])(
      'refuses %j',
      async (env) => {
        const refused = run('ran = True', { env });
        await expect(refused).rejects.toMatchObject({ code: 'FUJIAN_SESSION_OPTIONS' });
        expect(await value('"ran" in globals()')).toBe('False');
      },
    );
  });

  it('can run in isolation', async () => {
    await succeed('data = [1]');
    const result = await succeed('data.append(2); display("shown"); print("printed"); data', {
      isolated: true,
      env: { FUJIAN_TEST_A: 'x' },
    });
    expect(summary(result.shown!)).toEqual(["display 'shown'", 'value [1, 2]']);
    expect(result.stdout).toBe('printed\n');
    expect(result.count).toBeGreaterThan(0);
    expect(await value('data')).toBe('[1]');
    expect(await value('import asyncio; await asyncio.sleep(0, data)', { isolated: true })).toBe(
      '[1]',
    );
  });

  describe('in a fork of a session with an event loop', () => {
    it('has a loop of its own, without the tasks, and leaves the parent its own', async () => {
      await succeed(`import asyncio
ticks = 0
async def tick():
  global ticks
  while True:
    await asyncio.sleep(0)
    ticks += 1
task = asyncio.create_task(tick())
await asyncio.sleep(0)`);
      const { session } = await python.service.fork('main');
      const forked = await value(
        'before = ticks\nfor n in range(9): await asyncio.sleep(0)\nticks - before',
        {
          session: session.id,
        },
      );
      expect(forked).toBe('0');
      const parent = await value(
        'before = ticks\nfor n in range(9): await asyncio.sleep(0)\nticks > before, task.cancel()',
      );
      expect(parent).toBe('(True, True)');
      expect(await value('await asyncio.sleep(0, "again")', { session: session.id })).toBe(
        "'again'",
      );
      expect(await value('await asyncio.sleep(0, "again")')).toBe("'again'");
    });

    it('has its own history, and goes on counting', async () => {
      const { count } = await succeed('"kept"');
      const { session } = await python.service.fork('main');
      const result = await succeed('_', { session: session.id });
      expect(valueIn(result)).toBe("'kept'");
      expect(result.count).toBe(count! + 1);
    });
  });

  describe('display()', () => {
    it('shows from a thread', async () => {
      const { shown } = await succeed(`import threading
thread = threading.Thread(target=display, args=("from a thread",))
thread.start(); thread.join()`);
      expect(summary(shown!)).toEqual(["display 'from a thread'"]);
    });

    it('shows from many threads, each thing whole', async () => {
      const { shown } = await succeed(`import threading
def many(n):
  for m in range(20): display({"text/plain": f"{n} {m} " + "x" * 10_000}, raw=True)
threads = [threading.Thread(target=many, args=(n,)) for n in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()`);
      const texts = shown!.map((one) => plain(one)!);
      expect(new Set(texts.map((text) => text.slice(0, 5).replace(/x.*$/, '').trim())).size).toBe(
        80,
      );
      expect(texts.every((text) => /^\d \d+ x{10000}$/.test(text))).toBe(true);
    });

    it('prints in a child of fork(), where nobody sees it', async () => {
      const { stdout, shown } = await succeed(`import os
pid = os.fork()
if pid == 0:
  display("from a child")
  import sys; sys.stdout.flush()
  os._exit(0)
status = os.waitpid(pid, 0)`);
      expect([stdout, shown]).toEqual(["'from a child'\n", []]);
    });

    it('prints in a child of multiprocessing', async () => {
      const { stdout, shown } = await succeed(`import multiprocessing
def work(): display("from a child")
process = multiprocessing.get_context("fork").Process(target=work)
process.start(); process.join()
assert process.exitcode == 0`);
      expect([stdout, shown]).toEqual(["'from a child'\n", []]);
    });

    it('prints where code is not interactive', async () => {
      await succeed('pass'); // from now on display() is there
      const result = await python.run('display("plain"); display(1, 2)\n3');
      expect(result.stdout).toBe("'plain'\n1\n2\n");
      expect(result).not.toHaveProperty('shown');
    });

    it('prints in a thread that has outlived its execution', async () => {
      await succeed(`import threading
def late():
  ${checkpoint.pass()}
  display("late")
  ${checkpoint.pass()}
thread = threading.Thread(target=late)
thread.start()`);
      (await checkpoint.arrival()).letThrough();
      (await checkpoint.arrival()).letThrough();
      const { stdout, shown } = await succeed('thread.join()');
      expect([stdout, shown]).toEqual(["'late'\n", []]);
    });
  });

  it('raises what a repr() raises', async () => {
    const error = await failure('class Bad:\n  def __repr__(self): raise KeyError("inner")\nBad()');
    expect([error.type, error.value]).toEqual(['KeyError', "'inner'"]);
    expect(error.traceback).toMatch(/line 2, in __repr__\n/);
    expect(error.traceback).not.toContain('_fujian');
  });

  it('reads input() as any code does', async () => {
    const onInput = ({ prompt }: { prompt: string }) => `answer to ${prompt}`;
    expect(await value('input("what? ")', { onInput })).toBe("'answer to what? '");
  });

  it('names what kills it', async () => {
    const { id } = await python.service.createSession();
    await expect(run('display(1); import os; os._exit(3)', { session: id })).rejects.toMatchObject({
      code: 'FUJIAN_INTERPRETER_DIED',
    });
    const { count, shown } = await succeed('5', { session: id });
    expect([count, summary(shown!)]).toEqual([1, ['value 5']]);
  });

  it('runs out of time', async () => {
    const { type } = await failure('import asyncio; await asyncio.sleep(300)', { timeout: 20 });
    expect(type).toBe('ExecutionTimeoutError');
  });
});

type Showing = { readonly type: string };

function plain(event: Showing): string | undefined {
  const { data } = event as { data?: Readonly<Record<string, unknown>> };
  const text = data?.['text/plain'];
  return typeof text === 'string' ? text : undefined;
}

function valueIn({ shown }: ExecutionResult): string | undefined {
  const value = shown!.find(({ type }) => type === 'value');
  return value && plain(value);
}

/** Returns one text per event, joining consecutive pieces of output. */
function summary(events: readonly Showing[]): string[] {
  const summary: string[] = [];
  for (const event of events) {
    const last = summary.at(-1);
    if (event.type === 'stdout' || event.type === 'stderr') {
      const [name, { text }] = [event.type.slice(3), event as unknown as { text: string }];
      if (last?.startsWith(`${name} `)) summary[summary.length - 1] = last + text;
      else summary.push(`${name} ${text}`);
    } else {
      const text = plain(event);
      summary.push(text === undefined ? event.type : `${event.type} ${text}`);
    }
  }
  return summary;
}

function outputOf(events: readonly StreamEvent[], stream: 'stdout' | 'stderr'): string {
  return events.map((event) => (event.type === stream ? event.text : '')).join('');
}

/** Removes the markers under source lines, which Python 3.11 and later print. */
function withoutCarets(traceback: string): string {
  return traceback.replace(/^\s*[~^]+\n/gm, '');
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
