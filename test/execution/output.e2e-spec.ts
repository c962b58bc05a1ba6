import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Checkpoint } from '../support/checkpoint.js';
import { times } from '../support/property.js';
import { TestPython } from '../support/python.js';
import { pythons } from '../support/pythons.js';

const LIBC = 'import ctypes; libc = ctypes.CDLL(None)';
const EMOJI = '😀';

describe.each(pythons())('what code prints, in Python $version', ({ path }) => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start({ python: path });
    await python.run(
      `import os, sys, subprocess, threading, warnings, logging, faulthandler
${LIBC}
saved = sys.stdout`,
    );
  });
  afterAll(() => python.close());

  describe('is captured once, from every writer', () => {
    it.each([
      ['print', 'print("a", 1)', 'a 1\n'],
      ['print with flush and without newline', 'print("a", end="", flush=True)', 'a'],
      ['sys.stdout.write', 'sys.stdout.write("a")', 'a'],
      ['sys.stdout.writelines', 'sys.stdout.writelines(["a", "b"])', 'ab'],
      ['sys.stdout.buffer', 'sys.stdout.buffer.write(b"a")', 'a'],
      [
        'sys.stdout.buffer.raw, if there',
        'getattr(sys.stdout.buffer, "raw", sys.stdout.buffer).write(b"a")',
        'a',
      ],
      ['sys.__stdout__', 'sys.__stdout__.write("a")', 'a'],
      ['a sys.stdout saved by an earlier execution', 'saved.write("a")', 'a'],
      ['os.write', 'os.write(1, b"a")', 'a'],
      ['open(1)', 'with open(1, "w", closefd=False) as f: f.write("a")', 'a'],
      ['os.fdopen of a copy', 'with os.fdopen(os.dup(1), "w") as f: f.write("a")', 'a'],
      ['os.system', 'os.system("echo a")', 'a\n'],
      ['subprocess', 'subprocess.run(["echo", "a"])', 'a\n'],
      ['a shell that writes to /dev/stdout', 'os.system("echo a > /dev/stdout")', 'a\n'],
      ['a pipeline', 'os.system("echo a | tee /dev/stdout | cat")', 'a\na\n'],
      ['C printf, flushed', 'libc.printf(b"a %d", 5); libc.fflush(None)', 'a 5'],
      ['C printf, not flushed', 'libc.printf(b"a %d", 5)', 'a 5'],
      ['C puts, of a line', 'libc.puts(b"a")', 'a\n'],
      ['a progress bar', 'for i in range(3): print(f"\\r{i}", end="")', '\r0\r1\r2'],
      ['line ends as they are', 'print("a\\r\\nb\\rc")', 'a\r\nb\rc\n'],
      ['a NUL character', 'print("a\\0b")', 'a\0b\n'],
      [
        'contextlib.redirect_stdout, which ends',
        'import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()): print("hidden")\nprint("a")',
        'a\n',
      ],
      [
        'a thread that is joined',
        't = threading.Thread(target=print, args=("a",)); t.start(); t.join()',
        'a\n',
      ],
      [
        'an atexit of a subprocess',
        'subprocess.run([sys.executable, "-c", "import atexit; atexit.register(print, 1)"])',
        '1\n',
      ],
    ])('%s', async (_, code, expected) => {
      expect(await python.run(code)).toEqual({ stdout: expected, stderr: '', return: '' });
    });

    it.each([
      ['print to sys.stderr', 'print("e", file=sys.stderr)', 'e\n'],
      ['os.write', 'os.write(2, b"e")', 'e'],
      ['a shell', 'os.system("echo e >&2")', 'e\n'],
      ['logging', 'logging.warning("e")', 'WARNING:root:e\n'],
      ['C perror', 'ctypes.set_errno(0); libc.perror(b"e")', expect.stringMatching(/^e: /)],
      ['faulthandler', 'faulthandler.dump_traceback(2)', expect.stringContaining('File "<fujian-')],
      [
        'a warning',
        'warnings.warn("careful")',
        expect.stringMatching(/:1: UserWarning: careful\n/),
      ],
      [
        'an exception in a thread',
        't = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()',
        expect.stringContaining('ZeroDivisionError: division by zero\n'),
      ],
      [
        'an exception in __del__',
        'class D:\n  def __del__(self): 1 / 0\nD(); None',
        expect.stringMatching(/^Exception ignored .*ZeroDivisionError/s),
      ],
    ])('stderr apart: %s', async (_, code, expected) => {
      expect(await python.run(code)).toEqual({ stdout: '', stderr: expected, return: '' });
    });

    it('multiprocessing, by fork', async () => {
      expect(
        await python.run(
          `import multiprocessing
def work(n):
    sys.stdout.write(f"work {n}\\n")  # in one piece: the two processes share the pipe
    return n * n
context = multiprocessing.get_context("fork")
with context.Pool(2) as pool:
    fujian_return = pool.map(work, [1, 2], chunksize=1)`,
        ),
      ).toMatchObject({
        stdout: expect.stringMatching(/^(work 1\nwork 2|work 2\nwork 1)\n$/),
        return: '[1, 4]',
      });
    });

    it('a warning of the same line of two executions is shown twice', async () => {
      const code = 'warnings.warn("again")';
      expect((await python.run(code)).stderr).toContain('again');
      expect((await python.run(code)).stderr).toContain('again');
    });
  });

  it('keeps the order in which it was written, by any writer', async () => {
    const { stdout } = await python.run(
      `for i in range(20):
    print(i, end=" print, ")
    os.write(1, b"write, ")
    sys.stdout.buffer.write(b"buffer, ")
    libc.printf(b"C, ")
    sys.__stdout__.write("stream, ")
    if i % 10 == 0: os.system("printf 'shell, '")`,
    );
    const expected = Array.from(
      { length: 20 },
      (_, i) => `${i} print, write, buffer, C, stream, ${i % 10 === 0 ? 'shell, ' : ''}`,
    );
    expect(stdout).toBe(expected.join(''));
  });

  describe('text', () => {
    it('has characters beyond ASCII', async () => {
      expect(await python.printed(`print("ä€${EMOJI}")`)).toBe(`ä€${EMOJI}\n`);
    });

    it('is put together again when a character comes in pieces', async () => {
      const { stdout } = await python.run(
        `for byte in "ä€${EMOJI}".encode(): os.write(1, bytes([byte]))`,
      );
      expect(stdout).toBe(`ä€${EMOJI}`);
    });

    it('is put together again at every boundary of a long one', async () => {
      const { stdout } = await python.run(`print("x" + "${EMOJI}" * 200_000)`);
      expect(stdout).toBe(`x${EMOJI.repeat(200_000)}\n`);
    });

    it('has lone surrogates escaped', async () => {
      expect(await python.printed(String.raw`print("a\ud83db")`)).toBe('a\\ud83db\n');
    });

    it('has bytes escaped that are no UTF-8', async () => {
      expect(await python.printed(String.raw`os.system("printf 'a\\377\\200b\\303'")`)).toBe(
        'a\\xff\\x80b\\xc3',
      );
    });
  });

  describe('much of it', () => {
    it('in one go', async () => {
      const tens = times(500_000, 5_000_000);
      const { stdout } = await python.run(`sys.stdout.write("0123456789" * ${tens}); None`);
      expect(stdout.length).toBe(10 * tens);
      expect(stdout === '0123456789'.repeat(tens)).toBe(true);
    });

    it('more than a pipe holds, by C that holds the GIL', async () => {
      const { stdout } = await python.run(
        `gil = ctypes.PyDLL(None)
gil.printf(b"%s", b"y" * 3_000_000)
gil.fflush(None)`,
      );
      expect(stdout === 'y'.repeat(3_000_000)).toBe(true);
    });

    it('on both streams at once', async () => {
      const { stdout, stderr } = await python.run(
        `def write(descriptor):
    for _ in range(100): os.write(descriptor, b"%d" % descriptor * 50_000)
threads = [threading.Thread(target=write, args=(d,)) for d in (1, 2)]
for t in threads: t.start()
for t in threads: t.join()`,
      );
      expect([stdout === '1'.repeat(5_000_000), stderr === '2'.repeat(5_000_000)]).toEqual([
        true,
        true,
      ]);
    });
  });

  describe('what code does to its streams lasts as long as the execution', () => {
    it.each([
      'sys.stdout = None',
      'sys.stdout = sys.stderr = None',
      'sys.stdout.close()',
      'sys.stderr.close()',
      'sys.__stdout__.close()',
      'del sys.stdout',
      'del sys.stdout, sys.stderr, sys.stdin, sys.__stdout__, sys.__stderr__',
      'os.close(1)',
      'os.close(0); os.close(1); os.close(2)',
      'sys.stdin.close()',
      'sys.stdout.detach()',
      'sys.stdout.buffer.close()',
      'import io; io.FileIO.close(sys.stdout.buffer)',
      'import io; sys.stdout = io.StringIO()',
      'sys.stdout = open(os.devnull, "w")',
      'os.dup2(os.open(os.devnull, os.O_WRONLY), 1)',
      'os.dup2(2, 1)',
      'import io; sys.stdout = io.TextIOWrapper(sys.stdout.buffer, "ascii")',
      'import codecs; sys.stdout = codecs.getwriter("ascii")(sys.stdout.detach())',
      'os.set_blocking(1, False); os.set_blocking(2, False)',
    ])('%s', async (code) => {
      const own = await python.service.createSession();
      await own.execute(`import os, sys\n${code}`);
      const next = await own.execute(
        'import sys, os; print("ä out"); print("err", file=sys.stderr); os.write(1, b"fd"); sys.stdin.read()',
      );
      const { generation } = own;
      await python.service.close(own.id);
      expect(next).toEqual({ stdout: 'ä out\nfd', stderr: 'err\n', return: '' });
      expect(generation).toBe(1);
    });

    it.each([
      'sys.stderr = io.TextIOWrapper(sys.stderr.buffer)',
      'sys.stderr = io.TextIOWrapper(sys.stderr.buffer); sys.stderr.cycle = sys.stderr',
      'sys.stderr = codecs.getwriter("utf-8")(sys.stderr.detach())',
      'sys.stderr.close()',
      'sys.stderr.buffer.close()',
      'sys.stderr.detach().close()',
      'with sys.stderr: pass',
      'with open(2, "w"): pass',
      'with os.fdopen(2, "wb", 0): pass',
    ])('%s: loggers that hold the stream or its buffer go on', async (code) => {
      const own = await python.service.createSession();
      await own.execute(
        'import codecs, gc, io, logging, os, sys; logging.basicConfig(format="%(message)s"); held = sys.stderr.buffer',
      );
      await own.execute(code);
      const next = await own.execute(
        'gc.collect(); logging.warning("logged"); held.write(b"written")',
      );
      await python.service.close(own.id);
      expect(next).toEqual({ stdout: '', stderr: 'logged\nwritten', return: '' });
    });

    it('also where a stream on ours goes in a later execution', async () => {
      const own = await python.service.createSession();
      await own.execute('import io, sys; mine = io.TextIOWrapper(sys.stdout.buffer)');
      const next = await own.execute('del mine; print("goes on")');
      await python.service.close(own.id);
      expect(next).toEqual({ stdout: 'goes on\n', stderr: '', return: '' });
    });

    it.each([
      'import io; sys.stdout = io.TextIOWrapper(sys.stdout.buffer, "utf-8")',
      'sys.stdout = open(1, "w", closefd=False)',
      'sys.stdout = os.fdopen(os.dup(1), "w", 100_000)',
      'sys.stdout.reconfigure(write_through=False)',
    ])('%s: what is left in its buffer belongs to this execution', async (code) => {
      const own = await python.service.createSession();
      const first = await own.execute(`import os, sys\n${code}\nprint("first")`);
      const second = await own.execute('print("second")');
      await python.service.close(own.id);
      expect([first.stdout, second.stdout]).toEqual(['first\n', 'second\n']);
    });

    it('leaves a pipe that was set not to block complete, however much is printed', async () => {
      const { stdout } = await python.run(
        'os.set_blocking(1, False)\nprint("x" * 5_000_000)\nos.system("true")',
      );
      expect(stdout === `${'x'.repeat(5_000_000)}\n`).toBe(true);
      expect(await python.printed('print(os.get_blocking(1))')).toBe('True\n');
    });
  });

  describe('threads and subprocesses that outlive an execution', () => {
    let checkpoint: Checkpoint;
    beforeEach(async () => {
      checkpoint = await Checkpoint.build();
    });
    afterEach(() => checkpoint.tearDown());

    /** Lets the leftovers of an execution print, and waits until they have. */
    const printNow = async () => {
      (await checkpoint.arrival()).letThrough();
      (await checkpoint.arrival()).letThrough();
    };
    const thread = () => `def late():
    ${checkpoint.pass('"ready"')}
    print("between")
    sys.stderr.write("and an error\\n")
    ${checkpoint.pass('"printed"')}
threading.Thread(target=late).start()`;

    it('print into the execution that runs meanwhile', async () => {
      const running = python.run(`${thread()}\nprint("begin")\n${checkpoint.pass('"runs"')}`);
      const arrivals = [await checkpoint.arrival(), await checkpoint.arrival()];
      arrivals.find(({ word }) => word === 'ready')!.letThrough();
      (await checkpoint.arrival()).letThrough();
      arrivals.find(({ word }) => word === 'runs')!.letThrough();
      expect(await running).toEqual({
        stdout: 'begin\nbetween\n',
        stderr: 'and an error\n',
        return: '',
      });
    });

    it('print between two executions into the next', async () => {
      await python.run(thread());
      await printNow();
      expect(await python.run('print("in the run")')).toEqual({
        stdout: 'between\nin the run\n',
        stderr: 'and an error\n',
        return: '',
      });
    });

    it('also if they are subprocesses', async () => {
      const program = `${checkpoint.pass('"ready"')}; print("from the child", flush=True); ${checkpoint.pass('"printed"')}`;
      await python.run(
        `child = subprocess.Popen([sys.executable, "-c", ${JSON.stringify(program)}])`,
      );
      await printNow();
      expect(await python.printed('print(child.wait())')).toBe('from the child\n0\n');
    });

    it('print at once to the connections that are open, and then into no execution', async () => {
      const heard = { stdout: '', stderr: '' };
      let hear!: () => void;
      const heardBoth = new Promise<void>((resolve) => (hear = resolve));
      const connection = python.service.connect({
        pushed: () => undefined,
        interpreterDied: () => undefined,
        sessionClosed: () => undefined,
        printedBetweenRuns: ({ stdout, stderr }) => {
          heard.stdout += stdout;
          heard.stderr += stderr;
          if (heard.stdout && heard.stderr) hear();
        },
      });
      await python.run(thread());
      await printNow();
      await heardBoth;
      connection.close();
      expect(heard).toEqual({ stdout: 'between\n', stderr: 'and an error\n' });
      expect(await python.run('pass')).toEqual({ stdout: '', stderr: '', return: '' });
    });
  });

  it('of many executions in flight goes to the right one each', async () => {
    const kinds: ((n: number) => [code: string, stdout: string, stderr: string])[] = [
      () => ['pass', '', ''],
      (n) => [`print(${n})`, `${n}\n`, ''],
      (n) => [`os.write(1, b"${n}")`, `${n}`, ''],
      (n) => [`os.write(2, b"${n}"); fujian_return = 1`, '', `${n}`],
      (n) => [`os.system("echo ${n}")`, `${n}\n`, ''],
      (n) => [`subprocess.run(["sh", "-c", "echo ${n}; echo e${n} >&2"])`, `${n}\n`, `e${n}\n`],
      (n) => [`print("${n}" * 30_000)`, `${String(n).repeat(30_000)}\n`, ''],
      (n) => [`print(${n}); 1 / 0`, `${n}\n`, ''],
      (n) => [`libc.puts(b"${n}"); print(${n}, file=sys.stderr)`, `${n}\n`, `${n}\n`],
    ];
    // Executions come in while others are under way, never more than 50 at once, and now and then the
    // interpreter is idle: each way in which one run can follow another.
    const waiting = Array.from({ length: times(200, 600) }, (_, n) => n);
    const wrong: number[] = [];
    const client = async () => {
      for (let n = waiting.shift(); n !== undefined; n = waiting.shift()) {
        const [code, stdout, stderr] = kinds[(n * 7 + (n >> 3)) % kinds.length]!(n);
        const answer = await python.execute(code);
        if (answer.stdout !== stdout || answer.stderr !== stderr) wrong.push(n);
        if (waiting.length % 100 > 80) await idle();
      }
    };
    const idle = () => python.execute('');
    await Promise.all(Array.from({ length: 50 }, client));
    expect(wrong).toEqual([]);
  });
});

describe('very many calls of print', () => {
  it('are all there', async () => {
    const count = times(100_000, 1_000_000);
    const python = await TestPython.start();
    const { stdout } = await python.run(`for i in range(${count}): print(i)`);
    await python.close();
    expect(stdout === Array.from({ length: count }, (_, i) => `${i}\n`).join('')).toBe(true);
  });
});
