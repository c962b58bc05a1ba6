import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { InputRequest } from '../../src/execution/execution.js';
import { Checkpoint } from '../support/checkpoint.js';
import { TestPython } from '../support/python.js';
import { pythons } from '../support/pythons.js';

const NOBODY = /EOFError: nobody can answer input\(\) here: pass the values in the code, or run it/;

let checkpoint: Checkpoint;
beforeEach(async () => {
  checkpoint = await Checkpoint.build();
});
afterEach(() => checkpoint.tearDown());

describe.each(pythons())('input in Python $version', ({ path }) => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start({ python: path });
  });
  afterAll(() => python.close());

  it.each([
    ['input()', 'input("name? ")', 'name? ', ''],
    ['getpass()', 'import getpass; getpass.getpass()', '', 'Password: '],
  ])('without a handler fails at once and says why: %s', async (_, code, stdout, stderr) => {
    const result = await python.execute(code);
    expect(result.error?.traceback).toMatch(NOBODY);
    expect(result.error?.traceback).not.toContain('_fujian');
    expect(result).toMatchObject({ stdout, stderr });
  });

  it('without a handler ends a debugger', async () => {
    const { stdout, error } = await python.execute(
      'import pdb; pdb.Pdb(nosigint=True).set_trace()\nx = 1',
    );
    expect(stdout).toMatch(/\(Pdb\) \s*$/);
    expect(error?.type).toBe('BdbQuit');
  });

  it('is the line as it was given, lone surrogates too', async () => {
    const onInput = () => 'a\ud800😀\ufffd';
    const { return: returned } = await python.execute('fujian_return = input()', { onInput });
    expect(returned).toBe('a\ud800😀\ufffd');
  });

  it('without a handler is empty when read as a file', async () => {
    expect(
      await python.returned(
        `import fileinput, sys
fujian_return = (sys.stdin.read(), sys.stdin.readline(), list(sys.stdin), list(iter(sys.stdin.readline, "")),
                 list(fileinput.input("-")), sys.stdin.buffer.read(), sys.stdin.fileno())`,
      ),
    ).toBe("('', '', [], [], [], b'', 0)");
    expect(
      await python.returned(
        'import subprocess; fujian_return = subprocess.run(["cat"], stdout=subprocess.PIPE).stdout',
      ),
    ).toBe("b''");
  });

  it('is answered by the handler of the code that asks, while the output before it is unread', async () => {
    let read!: () => void;
    const unread = new Promise<void>((resolve) => (read = resolve));
    const first = python.service.stream('print("x" * (1 << 19))', { ready: () => unread });
    const ended = new Promise<void>((complete, error) => first.subscribe({ complete, error }));
    const onInput = () => {
      read();
      return 'mine';
    };
    const second = python.execute('fujian_return = input()', { onInput });
    await ended;
    expect(await second).toMatchObject({ return: 'mine' });
  });

  it('ends where the handler answers null, as a dialog that is closed does', async () => {
    const onInput = () => null;
    const { error } = await python.execute('input()', { onInput });
    expect(error).toMatchObject({ type: 'EOFError', value: 'EOF when reading a line' });
  });

  it('comes from a stream that the code has put in its place', async () => {
    const { stdout, stderr } = await python.run(`import contextlib, getpass, io, sys
sys.stdin = io.StringIO("3\\nsecret\\n")
print(input("n? "), getpass.getpass("Key: "))
with contextlib.redirect_stdout(io.StringIO()) as captured:
    sys.stdin = io.StringIO("4")
    number = input("again? ")
print(captured.getvalue() + number)`);
    expect(stdout).toBe('n? 3 secret\nagain? 4\n');
    expect(stderr).toMatch(/Key: \n$/);
  });

  it('writes its prompt where Python does, and tells the handler', async () => {
    const asked: InputRequest[] = [];
    const { stdout, stderr } = await python.execute(
      'import getpass\nprint(input("n? "), getpass.getpass("Key: "))',
      { onInput: (request) => `${asked.push(request)}` },
    );
    expect([stdout, stderr]).toEqual(['n? 1 2\n', 'Key: \n']);
    expect(asked).toEqual([
      { prompt: 'n? ', isPassword: false },
      { prompt: 'Key: ', isPassword: true },
    ]);
  });

  it('is bytes too, and a stream that can be configured and wrapped', async () => {
    const lines = ['ä', 'b', 'c', 'd'];
    const onInput = () => lines.shift();
    const { return: returned, error } = await python.execute(
      `import io, sys
first = sys.stdin.buffer.readline()
sys.stdin.reconfigure(encoding="ascii", errors="replace")
second = sys.stdin.readline()
sys.stdin = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8")
fujian_return = first, second, input(), sys.stdin.read()`,
      { onInput },
    );
    expect(error).toBeUndefined();
    expect(returned).toBe("(b'\\xc3\\xa4\\n', 'b\\n', 'c', 'd\\n')");
    expect(await python.returned('import sys; fujian_return = sys.stdin.read()')).toBe('');
  });

  it('leaves nothing of an answer for the code of another caller', async () => {
    const ask = (code: string, answer: string) =>
      python.execute(`import sys; fujian_return = ${code}`, { onInput: () => answer });
    expect((await ask('sys.stdin.read(2)', 'mine\nand more')).return).toBe('mi');
    expect((await ask('input()', 'yours')).return).toBe('yours');
  });

  it('is answered by the handler, line by line', async () => {
    const asked: InputRequest[] = [];
    const lines = ['Ada 😀', 'secret', 'a line', 'the rest'];
    const { return: returned } = await python.execute(
      `import getpass, sys
fujian_return = [input("name? "), getpass.getpass("key: "), sys.stdin.readline(4), sys.stdin.readline(),
                 sys.stdin.read()]`,
      {
        onInput: async (request) => {
          asked.push(request);
          return Promise.resolve(lines.shift());
        },
      },
    );
    expect(returned).toBe("['Ada 😀', 'secret', 'a li', 'ne\\n', 'the rest\\n']");
    expect(asked).toEqual([
      { prompt: 'name? ', isPassword: false },
      { prompt: 'key: ', isPassword: true },
      { prompt: '', isPassword: false },
      { prompt: '', isPassword: false },
      { prompt: '', isPassword: false },
    ]);
  });

  it('ends like a file when the handler has no more', async () => {
    expect(await python.traceback('input()', { onInput: () => undefined })).toMatch(
      /EOFError: EOF when reading a line\n$/,
    );
  });

  it('fails with what the handler throws', async () => {
    const onInput = () => {
      throw new Error('the window was closed');
    };
    expect(await python.traceback('input()', { onInput })).toMatch(
      /EOFError: the window was closed\n$/,
    );
  });

  it('stops waiting when it is interrupted, and the late answer is dropped', async () => {
    let answer!: (line: string) => void;
    const asked = new Promise<void>((isAsked) => {
      void python
        .execute('input()', {
          onInput: () => {
            isAsked();
            return new Promise<string>((resolve) => (answer = resolve));
          },
        })
        .then((result) => interrupted(result.error?.type));
    });
    let interrupted!: (type: string | undefined) => void;
    const result = new Promise<string | undefined>((resolve) => (interrupted = resolve));
    await asked;
    expect(python.service.interrupt()).toBe(true);
    expect(await result).toBe('KeyboardInterrupt');
    answer('too late');
    const next = await python.execute('fujian_return = input()', { onInput: () => 'in time' });
    expect(next.return).toBe('in time');
  });

  it('counts as time that the code takes', async () => {
    const { error } = await python.execute('input()', {
      timeout: 100,
      onInput: () => new Promise(() => undefined),
    });
    expect(error?.type).toBe('ExecutionTimeoutError');
  });

  it('works while threads push and check for listeners', async () => {
    const { return: returned } = await python.execute(
      `import threading
stop = False
def look():
  while not stop: FUJIAN_WS.is_open()
threads = [threading.Thread(target=look) for _ in range(3)]
for thread in threads: thread.start()
lines = [input() for _ in range(200)]
stop = True
for thread in threads: thread.join()
fujian_return = len(lines), set(lines)`,
      { onInput: () => 'x' },
    );
    expect(returned).toBe("(200, {'x'})");
  });

  it('cannot be asked for by a thread', async () => {
    const { stderr } = await python.execute(
      `import threading
thread = threading.Thread(target=input)
thread.start(); thread.join()`,
      { onInput: () => 'x' },
    );
    expect(stderr).toContain('EOFError: input() can be answered only in the main thread');
  });
});
