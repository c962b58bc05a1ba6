import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Checkpoint } from '../support/checkpoint.js';
import { TestPython } from '../support/python.js';
import { pythons } from '../support/pythons.js';

/** Programs whose output in a session is that of `python -c`. */
const SEEN: Readonly<Record<string, string>> = {
  'a warning about the caller of the top level':
    'import warnings; warnings.warn("w", stacklevel=2)',
  'such a warning of a function': 'import warnings\ndef f(): warnings.warn("w", stacklevel=3)\nf()',
  'such a warning far beyond the stack': 'import warnings; warnings.warn("w", stacklevel=99)',
  'the recursion limit': 'import sys; print(sys.getrecursionlimit())',
  'the names of __main__':
    'print(sorted({*globals()} - {"FUJIAN_WS", "fujian_return"}), __loader__, __spec__)',
  'annotations at top level': 'x: int = 1; print(__annotations__)',
  'that no exception has been raised':
    'import sys; print([name for name in dir(sys) if name.startswith("last_")], sys.exc_info())',
  'its own hooks': 'import sys; print(sys.excepthook is sys.__excepthook__)',
};

describe.each(pythons())('code sees of its host, in Python $version', ({ path }) => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start({ python: path });
  });
  afterAll(() => python.close());

  describe.each([false, true])('what it sees in python -c, interactive: %s', (interactive) => {
    it.each(Object.entries(SEEN))('%s', async (_, code) => {
      const plain = execFileSync(path, ['-c', `import sys; sys.stderr = sys.stdout\n${code}`], {
        encoding: 'utf8',
      });
      const own = await python.service.createSession();
      const { stdout, error } = await own.execute(`import sys; sys.stderr = sys.stdout\n${code}`, {
        interactive,
      });
      await python.service.close(own.id);
      expect([stdout, error]).toEqual([plain, undefined]);
    });

    it('and one frame more, which names no file', async () => {
      const { return: seen } = await python.execute(
        `import inspect, sys, traceback
fujian_return = [frame.filename for frame in traceback.extract_stack()], len(inspect.stack()), sys._getframe(1).f_back`,
        { interactive, filename: 'top.py' },
      );
      expect(seen).toBe("(['<frozen importlib._bootstrap of fujian>', 'top.py'], 2, None)");
    });

    it('and not even that in its output', async () => {
      const { stdout, stderr } = await python.execute(
        'import sys, traceback\ntraceback.print_stack()\ntraceback.print_stack(file=sys.stdout)',
        { interactive, filename: 'top.py' },
      );
      expect([stderr, stdout]).toEqual([
        '  File "top.py", line 2, in <module>\n    traceback.print_stack()\n',
        '  File "top.py", line 3, in <module>\n    traceback.print_stack(file=sys.stdout)\n',
      ]);
    });

    it('as deep a stack, but for that frame', async () => {
      const code = `def depth(n):
    global deepest
    deepest = n
    depth(n + 1)
try: depth(1)
except RecursionError: pass
print(deepest)`;
      const plain = execFileSync(path, ['-c', code], { encoding: 'utf8' });
      const { stdout } = await python.execute(code, { interactive });
      expect(Number(plain) - Number(stdout)).toBeLessThanOrEqual(3);
    });
  });

  it('of a called function, no file either', async () => {
    await python.run('import warnings\ndef warn(): warnings.warn("w", stacklevel=2)');
    const heard: string[] = [];
    await python.service.call('__main__:warn', [], {}, { onStderr: (text) => heard.push(text) });
    await python.service.evaluate('warn()', { onStderr: (text) => heard.push(text) });
    expect(heard.join('')).toMatch(/^<?sys>?:\d: UserWarning: w\n<fujian-\d+>:1: UserWarning: w\n/);
  });

  it('none of its lines in code that it executes itself', async () => {
    const text = await python.traceback('exec("\\n1 / 0")', { filename: 'top.py' });
    expect(text.replaceAll(/^[ ~^]+\n/gm, '')).toBe(
      `Traceback (most recent call last):
  File "top.py", line 1, in <module>
    exec("\\n1 / 0")
  File "<string>", line 2, in <module>
ZeroDivisionError: division by zero
`,
    );
  });

  it('nothing in its arguments', async () => {
    expect(
      await python.returned(
        'import sys; fujian_return = sys.argv, getattr(sys, "orig_argv", [sys.executable]) == [sys.executable]',
      ),
    ).toBe("([''], True)");
  });
});

describe.each(pythons())('an uncaught exception, in Python $version', ({ path }) => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start({ python: path });
  });
  afterAll(() => python.close());

  const FAILS = 'def fails():\n    inside = 7\n    raise LookupError("it")\nfails()';

  describe.each([false, true])('of code, interactive: %s', (interactive) => {
    const execute = (code: string) => python.execute(code, { interactive });

    it('is kept for pdb.pm(), with its frames and none of ours', async () => {
      await execute(FAILS);
      const { stdout } = await execute(
        `import sys, traceback
traceback.print_tb(sys.last_traceback, file=sys.stdout)
print(sys.last_type, repr(sys.last_value), sys.last_value.__traceback__ is sys.last_traceback)
print(getattr(sys, "last_exc", sys.last_value) is sys.last_value)`,
      );
      expect(stdout.replaceAll(/^[ ~^]+\n/gm, '').replaceAll(/fujian-\d+/g, 'code')).toBe(
        `  File "<code>", line 4, in <module>
    fails()
  File "<code>", line 3, in fails
    raise LookupError("it")
<class 'LookupError'> LookupError('it') True
True
`,
      );
    });

    it('can be inspected by pdb.pm()', async () => {
      await execute(FAILS);
      const answers = ['p inside + 1', 'up', 'q'];
      const { stdout } = await python.execute('import pdb; pdb.pm()', {
        interactive,
        onInput: () => answers.shift(),
      });
      expect(stdout).toContain('8\n');
    });

    it('is shown to the hook that code has set, while it is answered too', async () => {
      await execute(
        'import sys\ndef hook(*seen): print("hook:", seen[0].__name__, seen[1], seen[2].tb_frame.f_code.co_name, sys.exc_info()[0], file=sys.stderr)\nsys.excepthook = hook',
      );
      const { error, stderr } = await execute(FAILS);
      await execute('sys.excepthook = sys.__excepthook__');
      expect(error).toMatchObject({ type: 'LookupError', value: 'it' });
      expect(error!.traceback).toContain('line 3, in fails');
      expect(stderr).toBe('hook: LookupError it <module> None\n');
    });

    it('is shown to it if it is one of syntax', async () => {
      await execute('import sys; sys.excepthook = lambda *seen: print(seen[0].__name__, seen[2])');
      const { error, stdout } = await execute('a b');
      await execute('sys.excepthook = sys.__excepthook__');
      expect([error?.type, stdout]).toEqual(['SyntaxError', 'SyntaxError None\n']);
    });

    it('is answered whatever the hook raises', async () => {
      await execute('import sys; sys.excepthook = lambda *_: 1 / 0');
      const { error, stderr } = await execute(FAILS);
      expect(error).toMatchObject({ type: 'LookupError', value: 'it' });
      expect(stderr).toMatch(
        /^Error in sys.excepthook:\n[^]*ZeroDivisionError: division by zero\n$/,
      );
      expect(stderr).not.toContain('_fujian');
      await execute('import sys; sys.excepthook = sys.exit');
      expect((await execute(FAILS)).error).toMatchObject({ type: 'LookupError' });
      await execute('sys.excepthook = sys.__excepthook__');
    });

    it('is answered whatever code has made of the hook', async () => {
      for (const code of ['sys.excepthook = None', 'del sys.excepthook']) {
        await execute(`import sys; ${code}`);
        expect(await execute(FAILS)).toMatchObject({ stderr: '', error: { type: 'LookupError' } });
      }
      await execute('sys.excepthook = sys.__excepthook__');
    });

    it('may have a hook that an interrupt ends', async () => {
      const checkpoint = await Checkpoint.build();
      await execute(`import sys; sys.excepthook = lambda *_: ${checkpoint.pass()}`);
      const failing = execute(FAILS);
      await checkpoint.arrival();
      expect(python.service.interrupt()).toBe(true);
      const { error, stderr } = await failing;
      expect([error?.type, stderr.includes('KeyboardInterrupt')]).toEqual(['LookupError', true]);
      await execute('sys.excepthook = sys.__excepthook__');
      checkpoint.tearDown();
    });
  });

  it('of SystemExit is none', async () => {
    await python.run(
      'import sys; sys.last_value = "before"; sys.excepthook = lambda *_: print("hook")',
    );
    expect(await python.execute('sys.exit(3)')).toMatchObject({ stdout: '' });
    expect(await python.returned('fujian_return = sys.last_value')).toBe('before');
    await python.run('sys.excepthook = sys.__excepthook__');
  });

  it('of memory that is missing holds none of it', async () => {
    await python.run('import sys, weakref\nclass Large: pass\nsys.last_value = None');
    await python.execute(
      'def fill():\n    large = Large()\n    global seen\n    seen = weakref.ref(large)\n    raise MemoryError\nfill()',
    );
    expect(await python.returned('fujian_return = seen(), sys.last_value')).toBe('(None, None)');
  });

  it('of a call is for its caller alone', async () => {
    await python.run(
      'import sys; sys.last_value = "before"; sys.excepthook = lambda *_: print("hook")',
    );
    await expect(python.service.call('builtins:int', ['x'])).rejects.toThrow('invalid literal');
    expect(await python.returned('fujian_return = sys.last_value')).toBe('before');
    await python.run('sys.excepthook = sys.__excepthook__');
  });

  it('of a child that code forked is shown once', async () => {
    const { stderr } = await python.execute(
      `import os, sys
sys.excepthook = lambda kind, *_: sys.stderr.write(f"hook: {kind.__name__}\\n")
if child := os.fork(): os.waitpid(child, 0)
else: raise KeyError`,
    );
    await python.run('sys.excepthook = sys.__excepthook__');
    expect(stderr).toBe('hook: KeyError\n');
  });
});
