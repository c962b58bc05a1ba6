import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { anyPython, pythons } from '../support/pythons.js';
import { adaptersForClients, TestService } from '../support/service.js';
import { FujianCommand, fujian } from '../support/fujian-command.js';

const directory = mkdtempSync(join(tmpdir(), 'fujian-run-'));
const file = join(directory, 'script.py');
beforeAll(() => {
  mkdirSync(join(directory, 'elsewhere'));
  writeFileSync(join(directory, 'beside.py'), 'answer = 42\n');
});
afterAll(() => rmSync(directory, { recursive: true }));

const SCRIPTS: readonly (readonly [string, string])[] = [
  [
    'prints',
    'print("grüße", "\\U0001f600", end=""); import sys; print("x" * 100_000, file=sys.stderr)',
  ],
  ['raises', 'def f():\n    raise ValueError("ä")\n\nf()'],
  [
    'raises from',
    'try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError("k") from e',
  ],
  ['cannot be compiled', 'x = 1\nif x\n  y'],
  ['exits', 'import sys; sys.exit()'],
  ['exits with a number', 'import sys; sys.exit(7)'],
  ['exits with a negative number', 'import sys; sys.exit(-1)'],
  ['exits with a boolean', 'raise SystemExit(True)'],
  ['exits with a message', 'import sys; sys.exit("that was it")'],
  ['exits with a number as text', 'import sys; sys.exit("3")'],
  ['exits with what is no number', 'import sys; sys.exit([1, "a"])'],
  ['has arguments', 'import sys; print(sys.argv[1:], __name__, __package__, __spec__)'],
  ['knows its file', 'import os; print(__file__, os.getcwd())'],
  ['imports what is beside it', 'import sys, beside; print(beside.answer, sys.path[0])'],
  [
    'reads',
    'a = input("name? "); b = input(); print(repr((a, b)))\nimport sys; print(sys.stdin.read())',
  ],
  ['reads lines', 'import sys\nfor line in sys.stdin: print(repr(line))'],
  ['reads beyond the end', 'for _ in range(9): print(input())'],
  ['clears up at its exit', 'import atexit; atexit.register(print, "bye"); print("end")'],
  [
    'has threads',
    'import threading, time\nt = threading.Thread(target=lambda: (time.sleep(0.1), print("late")))\nt.start(); print("end")',
  ],
  [
    'shows exceptions itself',
    'import sys; sys.excepthook = lambda kind, *_: print("hook", kind); 1 / 0',
  ],
  ['has both, and raises', 'import atexit; atexit.register(print, "bye"); raise OSError(5)'],
  ['has subprocesses', 'import os; os.system("echo from a shell; echo and its errors >&2")'],
  [
    'has a pool of threads',
    'from concurrent.futures import ThreadPoolExecutor\nprint(*ThreadPoolExecutor(3).map(abs, [-1, -2]))',
  ],
  [
    'has a pool of processes',
    'import multiprocessing\nif __name__ == "__main__":\n    with multiprocessing.get_context("fork").Pool(2) as p: print(p.map(abs, [-1, -2]))',
  ],
];

/** Everyday only every fourth script runs on the older Python, since each takes two processes. */
const scriptsFor = (path: string) =>
  inject('scope') === 'all' || path === pythons().at(-1)!.path
    ? SCRIPTS
    : SCRIPTS.filter((_, index) => index % 4 === 0);

describe.each(pythons())('fujian run, with Python $version', ({ path }) => {
  it.each(scriptsFor(path))('ends as python does when a script %s', async (_, code) => {
    writeFileSync(file, code);
    const cwd = join(directory, 'elsewhere');
    const input = 'first\nsecond\nthird\n';
    const args = ['--', '--python', 'p', '--help', '-a', 'b c', '--', 'ü'];
    const [ours, expected] = await Promise.all([
      fujian(['run', '../script.py', ...args], { cwd, input, env: { FUJIAN_PYTHON: path } }),
      fujian(['../script.py', ...args], { cwd, input, program: [path] }),
    ]);
    expect(ours).toEqual(expected);
  });

  it('runs a script from standard input', async () => {
    const input = 'import sys\nprint(sys.argv, sys.path[0] == "")\nraise ValueError(1)';
    const env = { FUJIAN_PYTHON: path };
    const { code, stdout, stderr } = await fujian(['run', '-', 'x'], { input, env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "['-', 'x'] True\n" });
    expect(stderr).toContain('  File "<stdin>", line 3, in <module>');
  });
});

/** The ways to run a script: embedded, or in a service on an adapter. */
const WAYS = ['embedded', ...adaptersForClients()] as const;

describe.each(WAYS)('fujian run, %s', (way) => {
  let service: TestService | undefined;
  let url: string[] = [];

  beforeAll(async () => {
    if (way === 'embedded') return;
    service = await TestService.start({ httpAdapter: way });
    url = ['--url', service.url];
  });
  afterAll(() => service?.close());

  const begin = (code: string) => {
    writeFileSync(file, code);
    return new FujianCommand(['run', ...url, file]);
  };

  it('prints as it happens', async () => {
    const fifo = join(directory, `fifo-${way}`);
    const command = begin(
      `import os\nos.mkfifo(${JSON.stringify(fifo)})\nprint("first")\nprint(open(${JSON.stringify(fifo)}).read())`,
    );
    await command.prints('first\n');
    writeFileSync(fifo, 'second');
    expect(await command.ended).toEqual({ code: 0, stdout: 'first\nsecond\n', stderr: '' });
  });

  it.each([
    ['import sys; sys.exit(7)', 7, ''],
    ['import sys; sys.exit(2**70)', 255, ''],
    ['import sys; sys.exit("3")', 1, '3\n'],
    ['import os; os._exit(3)', 3, 'fujian: Python ended: exit code 3.\n'],
    ['import os; os.kill(os.getpid(), 9)', 137, 'fujian: Python ended: killed by SIGKILL.\n'],
    [
      'raise KeyError(1)',
      1,
      `Traceback (most recent call last):\n  File "${file}", line 2, in <module>\n`,
    ],
    ['raise KeyboardInterrupt', 130, 'KeyboardInterrupt\n'],
    ['import ctypes; ctypes.string_at(0)', 139, 'fujian: Python ended: killed by SIGSEGV.\n'],
  ])('ends %j with %d', async (code, exitCode, message) => {
    const outcome = await begin(`print("before")\n${code}`).ended;
    expect(outcome).toMatchObject({ code: exitCode, stdout: 'before\n' });
    expect(outcome.stderr).toContain(message);
  });

  it('interrupts the code on Ctrl-C, which may still clear up', async () => {
    const command = begin(
      'import threading\nprint("ready")\ntry:\n    threading.Event().wait()\nfinally:\n    print("cleared up")',
    );
    await command.prints('ready');
    command.signal('SIGINT');
    const { code, stdout, stderr } = await command.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: 'ready\ncleared up\n' });
    expect(stderr).toMatch(/^Traceback[^]*KeyboardInterrupt\n$/);
  });

  it('ends on a second Ctrl-C', async () => {
    const command = begin(
      'import threading\nprint("ready")\nwhile True:\n    try:\n        threading.Event().wait()\n    except KeyboardInterrupt:\n        print("not yet")',
    );
    await command.prints('ready');
    command.signal('SIGINT');
    await command.prints('not yet');
    command.signal('SIGINT');
    expect(await command.ended).toMatchObject({ code: 130, stderr: '' });
    await service?.request('/contexts/main/restart', { method: 'POST' });
  });

  it('ends when its output is closed', async () => {
    const command = begin('print("ready")\nwhile True: print("x" * 1000)');
    await command.prints('ready');
    command.closeOutput();
    expect((await command.ended).code).toBe(1);
  });
});

describe('fujian run', () => {
  it('answers input() as it is typed', async () => {
    writeFileSync(file, 'print("Hello, " + input("name? "))\nprint(input())');
    const command = new FujianCommand(['run', file]);
    await command.prints('name? ');
    command.type('Ada\n');
    await command.prints('Hello, Ada\n');
    command.type('bye\n');
    // The command ends although its input stays open.
    expect((await command.ended).code).toBe(0);
  });

  it('interrupts code that waits for input', async () => {
    writeFileSync(file, 'input("name? ")');
    const command = new FujianCommand(['run', file]);
    await command.prints('name? ');
    command.signal('SIGINT');
    expect(await command.ended).toMatchObject({ code: 130 });
  });

  it.each([
    [['none.py'], /^fujian: the script none\.py cannot be read: ENOENT/],
    [['--session', 'a', '-'], /^fujian: --session is for a running service/],
    [
      ['--url', 'http://127.0.0.1:9', '--python', 'p', '-'],
      /^fujian: --python and --url exclude each/,
    ],
    [
      ['--url', 'http://127.0.0.1:9', '-', 'a'],
      /^fujian: a session of a running service has no arguments/,
    ],
    [['--url', 'localhost', '-'], /^fujian: localhost is not the address of a service/],
    [
      ['--url', 'http://127.0.0.1:2', '-'],
      /^fujian: no service answers at http:\/\/127\.0\.0\.1:2 \(.*ECONNREFUSED.*\): start one with `fujian serve`/,
    ],
    [
      ['--python', '/none/python3', '-'],
      /^fujian: there is no Python '\/none\/python3' \(--python\)\.\n$/,
    ],
  ])('says in a sentence why it cannot run %j', async (args, sentence) => {
    const { code, stdout, stderr } = await fujian(['run', ...args], { cwd: directory });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(sentence);
    expect(stderr.split('\n')).toHaveLength(2);
  });

  it('takes a -- before the file, and its own options there alone', async () => {
    writeFileSync(file, 'import sys; print(sys.argv[1:])');
    const outcome = await fujian(['run', '--python', anyPython().path, '--', file, '--url', 'x']);
    expect(outcome).toEqual({ code: 0, stdout: "['--url', 'x']\n", stderr: '' });
    expect(await fujian(['run', '--foo', file])).toMatchObject({ code: 2, stdout: '' });
  });

  it('runs nothing that is not in UTF-8', async () => {
    writeFileSync(file, Buffer.from('print("\xe4")', 'latin1'));
    const { code, stderr } = await fujian(['run', file]);
    expect(code).toBe(1);
    expect(stderr).toContain('is not in UTF-8, so nothing was run.');
  });
});

describe.each(adaptersForClients())('fujian run against a service on %s', (httpAdapter) => {
  let service: TestService;

  beforeAll(async () => {
    service = await TestService.start({ httpAdapter, token: 'T0K', requireToken: true });
  });
  afterAll(() => service.close());

  const run = (input: string, options: readonly string[] = [], FUJIAN_TOKEN = 'T0K') =>
    fujian(['run', ...options, '-'], { input, env: { FUJIAN_URL: service.url, FUJIAN_TOKEN } });

  it('keeps what a session holds', async () => {
    expect(await run('x = 41')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await run('x += 1; print(x)')).toMatchObject({ code: 0, stdout: '42\n' });
  });

  it('runs in the given session', async () => {
    const headers = { Authorization: 'Bearer T0K' };
    const made = await service.request('/contexts', { method: 'POST', headers, body: '{}' });
    const { id } = JSON.parse(made.text) as { id: string };
    expect(await run('print("x" in globals())', ['--session', id])).toMatchObject({
      stdout: 'False\n',
    });
    const unknown = await run('', ['--session', 'nobody']);
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toMatch(/^fujian: the service at \S+ refuses: .*nobody/);
  });

  it('prints what is displayed as text, and not the value of the last line', async () => {
    const code = 'from IPython.display import display\ndisplay([1, 2])\n6 * 7';
    expect(await run(code)).toEqual({ code: 0, stdout: '[1, 2]\n', stderr: '' });
  });

  it('quotes no secret that it cannot send', async () => {
    const token = await run('', [], 'S3CRET of\ntwo lines');
    expect(token).toMatchObject({ code: 1, stdout: '' });
    expect(token.stderr).toMatch(/^fujian: FUJIAN_TOKEN is set, but should be a text of letters/);
    const url = await run('', ['--url', service.url.replace('//', '//ada:S3CRET@')]);
    expect(url).toMatchObject({ code: 1, stdout: '' });
    expect(url.stderr).toMatch(/^fujian: --url \(FUJIAN_URL\) takes no user name and no password/);
    expect(token.stderr + url.stderr).not.toContain('S3CRET');
  });

  it('needs the token', async () => {
    const { code, stderr } = await run('', [], 'wrong');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^fujian: the service at \S+ refuses: .* Set FUJIAN_TOKEN to the token to send\.\n$/,
    );
  });
});
