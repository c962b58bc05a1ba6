import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestPython } from '../support/python.js';
import { pythons } from '../support/pythons.js';

describe.each(pythons())('what code may rely on, in Python $version', ({ version, path }) => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start({ python: path });
  });
  afterAll(() => python.close());

  it('runs in the Python that was asked for', async () => {
    expect(python.service.python.version).toBe(version);
    expect(
      await python.returned('import platform; fujian_return = platform.python_version()'),
    ).toBe(version);
  });

  describe('one persistent namespace', () => {
    it('keeps names from one execution to the next', async () => {
      await python.run('counter = 1');
      await python.run('counter += 1');
      expect(await python.returned('fujian_return = counter')).toBe('2');
    });

    it('keeps them when an execution raises', async () => {
      await python.run('kept = "before"');
      await python.execute('kept = "until it raised"; 1 / 0; kept = "never"');
      expect(await python.returned('fujian_return = kept')).toBe('until it raised');
    });

    it('answers a hundred executions sent at once in their order', async () => {
      await python.run('order = []');
      const numbers = Array.from({ length: 100 }, (_, number) => String(number));
      const answers = await Promise.all(
        numbers.map((number) =>
          python.returned(`order.append(${number}); fujian_return = ${number}`),
        ),
      );
      expect(answers).toEqual(numbers);
      expect(await python.returned('fujian_return = order == list(range(100))')).toBe('True');
    });

    it('is __main__, and holds nothing of ours but FUJIAN_WS', async () => {
      const own = await TestPython.start({ python: path });
      const names = await own.returned(
        `import sys
assert sys.modules['__main__'].__dict__ is globals() is locals()
fujian_return = ' '.join(sorted(globals()))`,
      );
      await own.close();
      // That is there until Python 3.13.
      expect(names.replace('__annotations__ ', '')).toBe(
        'FUJIAN_WS __builtins__ __doc__ __loader__ __name__ __package__ __spec__ fujian_return sys',
      );
    });

    it('stays __main__ when code replaces or deletes that', async () => {
      await python.run('import sys; remembered = 5; sys.modules["__main__"] = None');
      expect(await python.returned('import __main__; fujian_return = __main__.remembered')).toBe(
        '5',
      );
      await python.run('del sys.modules["__main__"]; __name__ = "other"');
      expect(await python.returned('fujian_return = __name__, "__main__" in sys.modules')).toBe(
        "('__main__', True)",
      );
    });
  });

  describe('fujian_return', () => {
    it('answers str() of what it was set to', async () => {
      expect(await python.returned('fujian_return = {"a": 1.5}')).toBe("{'a': 1.5}");
    });

    it('is empty at the start, whatever an earlier execution set', async () => {
      await python.run('fujian_return = "earlier"');
      expect(await python.returned('assert fujian_return == ""')).toBe('');
    });

    it('is gone after the run, and may be deleted in it', async () => {
      expect(await python.returned('del fujian_return')).toBe('');
      await python.run('def look(): return "fujian_return" in globals()\nfujian_return = 1');
      expect(await python.printed('del fujian_return; print(look())')).toBe('False\n');
    });

    it('is answered when the code raised, too', async () => {
      const { return: returned, error } = await python.execute('fujian_return = 7; 1 / 0');
      expect(returned).toBe('7');
      expect(error?.type).toBe('ZeroDivisionError');
    });

    it('gives a traceback when its __str__ raises', async () => {
      const { return: returned, error } = await python.execute(
        'class Bad:\n  def __str__(self): raise ValueError("no text")\nfujian_return = Bad()',
      );
      expect(returned).toBe('');
      expect(error).toMatchObject({ type: 'ValueError', value: 'no text' });
      expect(error?.traceback).toContain('def __str__(self): raise ValueError("no text")');
    });

    it('carries any character, lone surrogates too', async () => {
      expect(await python.returned(String.raw`fujian_return = "äß€😀\ud800\0\u2028\""`)).toBe(
        'äß€😀\ud800\0\u2028"',
      );
    });
  });

  describe('exec semantics', () => {
    it('lets no __future__ import of ours leak in, and keeps none of theirs', async () => {
      await python.run('from __future__ import annotations\ndef f(x: no_such_name): pass');
      expect(await python.traceback('def f(x: no_such_name): pass\nf.__annotations__')).toContain(
        "NameError: name 'no_such_name' is not defined",
      );
    });

    it.each([
      [
        'functions that are recursive',
        'def f(n): return n and n + f(n - 1)\nfujian_return = f(3)',
        '6',
      ],
      ['global', 'g = 1\ndef f():\n  global g\n  g += 1\nf()\nfujian_return = g', '2'],
      [
        'comprehensions in classes',
        'class A:\n  n = [i for i in (1, 2)]\nfujian_return = A.n',
        '[1, 2]',
      ],
      [
        'comprehensions that see globals',
        'k = 2\nfujian_return = [i * k for i in (1, 2)]',
        '[2, 4]',
      ],
      [
        'decorators',
        'def twice(f): return lambda: 2 * f()\n@twice\ndef f(): return 4\nfujian_return = f()',
        '8',
      ],
      [
        'async functions',
        'import asyncio\nasync def f():\n  await asyncio.sleep(0)\n  return "done"\nfujian_return = asyncio.run(f())',
        'done',
      ],
      [
        'dataclasses',
        'from dataclasses import dataclass\n@dataclass\nclass P:\n  x: int = 1\nfujian_return = P()',
        'P(x=1)',
      ],
      [
        'pickling of classes defined here',
        'import pickle\nclass Q: pass\nfujian_return = type(pickle.loads(pickle.dumps(Q()))) is Q',
        'True',
      ],
      [
        'typing.get_type_hints with names defined here',
        'import typing\nclass R: pass\ndef f(r: "R"): pass\nfujian_return = typing.get_type_hints(f)["r"] is R',
        'True',
      ],
      [
        'doctest of functions defined here',
        'import doctest\ndef f():\n  """\n  >>> f()\n  3\n  """\n  return 3\nfujian_return = doctest.testmod()',
        'TestResults(failed=0, attempted=1)',
      ],
      [
        'enums, whose module is __main__',
        'import enum\nclass E(enum.Enum):\n  A = 1\nfujian_return = E.__module__, E.A.value',
        "('__main__', 1)",
      ],
    ])('supports %s', async (_, code, expected) => {
      expect(await python.returned(code)).toBe(expected);
    });

    it('shows inspect.getsource what was defined in an earlier execution', async () => {
      await python.run('import inspect\n\ndef defined_here(a):\n    return a + 1');
      await python.run('unrelated = 1');
      expect(await python.returned('fujian_return = inspect.getsource(defined_here)')).toBe(
        'def defined_here(a):\n    return a + 1\n',
      );
    });

    describe.each([false, true])('shows it classes, interactive: %s', (interactive) => {
      /** Returns the source that inspect finds in a later execution. */
      const sourceOf = async (expression: string, ...definitions: readonly string[]) => {
        for (const code of definitions) {
          expect((await python.execute(code, { interactive })).error).toBeUndefined();
        }
        const code = `import gc, inspect; gc.collect(); fujian_return = inspect.getsource(${expression})`;
        const { return: source, error } = await python.execute(code, { interactive });
        return error?.traceback ?? source;
      };
      const PLAIN = 'class Plain:\n    size = 1\n';
      const METHODS = 'class Methods:\n    def method(self):\n        return 1\n';

      it('without methods', async () => {
        expect(await sourceOf('Plain', `import sys\n\n${PLAIN}`, 'unrelated = 1')).toBe(PLAIN);
      });

      it('with methods, and a method alone', async () => {
        expect(await sourceOf('Methods', `"before"\n${METHODS}`)).toBe(METHODS);
        expect(await sourceOf('Methods.method')).toBe('    def method(self):\n        return 1\n');
      });

      it('nested in a class, and in a function', async () => {
        const outer = 'class Outer:\n    class Inner:\n        x = 1\n';
        expect(await sourceOf('Outer.Inner', outer)).toBe('    class Inner:\n        x = 1\n');
        const made = 'def make():\n    class Local:\n        x = 1\n    return Local\n';
        expect(await sourceOf('make()', made)).toBe('    class Local:\n        x = 1\n');
      });

      it('of dataclasses, enums and their like', async () => {
        const data = '@dataclass\nclass Data:\n    x: int = 1\n';
        expect(await sourceOf('Data', `from dataclasses import dataclass\n${data}`)).toBe(data);
        const kinds = 'class Kind(enum.Enum):\n    A = 1\n';
        expect(await sourceOf('Kind', `import enum\n${kinds}`)).toBe(kinds);
      });

      it('as last defined', async () => {
        const again = 'class Plain:\n    size = 2\n';
        expect(await sourceOf('Plain', PLAIN, again)).toBe(again);
        expect(await sourceOf('Methods', METHODS, again.replace('Plain', 'Methods'))).toBe(
          again.replace('Plain', 'Methods'),
        );
      });

      it('whatever else has defined one of that name', async () => {
        const other = 'def make():\n    class Plain:\n        other = 1\n    return Plain\n';
        expect(await sourceOf('Plain', PLAIN, other)).toBe(PLAIN);
        const never = `if False:\n    class Plain: pass\ndef kept(): pass\n`;
        expect(await sourceOf('Plain', never)).toBe(PLAIN);
      });

      it('defined before, though a new one has its name', async () => {
        const old = METHODS.replace('return 1', 'return "old"');
        expect(await sourceOf('Old', `${old}Old = Methods`, METHODS)).toBe(old);
      });

      it('in a fork', async () => {
        await python.run(PLAIN);
        const { return: source } = await python.execute(
          'import inspect; fujian_return = inspect.getsource(Plain)',
          { interactive, isolated: true },
        );
        expect(source).toBe(PLAIN);
      });
    });

    it('shows it no class that it cannot know, with the reason of Python', async () => {
      await python.run('import inspect; Made = type("Made", (), {})');
      expect(await python.traceback('inspect.getsource(Made)')).toMatch(
        /source code not available|is a built-in class/,
      );
      expect(await python.traceback('inspect.getsource(int)')).toContain('is a built-in class');
    });
  });

  describe('modules', () => {
    it('offers `import fujian`', async () => {
      const seen = await python.returned(
        'import fujian\nfujian.log("to the log")\nfujian_return = fujian.__version__, fujian.WebSocketClosedError',
      );
      expect(seen).toMatch(/^\('\d+\.\d+\.\d+', <class 'fujian\.WebSocketClosedError'>\)$/);
    });

    it('has the errors that name it as their module', async () => {
      const errors = ['JavaScriptError', 'StaleHandleError', 'UnsupportedValueError'];
      const code = `import fujian\nfujian_return = [getattr(fujian, name).__module__ for name in ${JSON.stringify(errors)}]`;
      expect(await python.returned(code)).toBe("['fujian', 'fujian', 'fujian']");
    });

    it('keeps its own modules off sys.path, and has the working directory on it', async () => {
      expect(await python.returned('import sys; fujian_return = sys.path[0] == "", sys.argv')).toBe(
        "(True, [''])",
      );
      expect(
        await python.returned(
          'import os; fujian_return = [p for p in sys.path if os.path.exists(os.path.join(p, "_fujian"))]',
        ),
      ).toBe('[]');
    });
  });

  describe('source text', () => {
    it.each([
      ['nothing', '', ''],
      ['only blanks and comments', '  \n\t\n# nothing\n', ''],
      ['CRLF line ends', 'if True:\r\n    fujian_return = "crlf"\r\n', 'crlf'],
      ['CR line ends', 'x = 1\rfujian_return = x + 1', '2'],
      ['tabs', 'if True:\n\tfujian_return = "tab"', 'tab'],
      ['no newline after a block', 'for i in (1, 2):\n  fujian_return = i', '2'],
      ['a byte order mark', '\ufefffujian_return = "bom"', 'bom'],
      [
        'a coding line, which the text has outgrown',
        '# -*- coding: latin-1 -*-\nfujian_return = "ä€"',
        'ä€',
      ],
      ['names and strings beyond ASCII', 'größe = "😀"\nfujian_return = größe', '😀'],
      [
        'a triple-quoted string with every kind of line',
        'fujian_return = repr("""a\n\tb""")',
        "'a\\n\\tb'",
      ],
    ])('may be %s', async (_, code, expected) => {
      expect(await python.returned(code)).toBe(expected);
    });

    it('may be 10 MB long', async () => {
      const code = `text = "${'x'.repeat(10 * 1024 * 1024)}"\nfujian_return = len(text)\ndel text`;
      expect(await python.returned(code)).toBe(String(10 * 1024 * 1024));
    });

    it('with a NUL character is an error of the code', async () => {
      const { error } = await python.execute('x = 1\0');
      expect(['ValueError', 'SyntaxError']).toContain(error?.type);
      expect(error?.value).toContain('null bytes');
    });

    it('with a lone surrogate is refused, as by Python', async () => {
      for (const interactive of [false, true]) {
        const { error } = await python.execute('ran = "a\ud800b"', { interactive });
        expect(error).toMatchObject({
          type: 'UnicodeEncodeError',
          value: expect.stringContaining("can't encode character '\\ud800'"),
        });
      }
      expect(await python.returned('fujian_return = "ran" in globals()')).toBe('False');
      const filename = 'a\udfffb.py';
      const code = 'fujian_return = (lambda: 0).__code__.co_filename';
      expect((await python.execute(code, { filename })).return).toBe(filename);
    });

    it('with 100,000 nested parentheses is an error of the code', async () => {
      const { error } = await python.execute('('.repeat(100_000) + ')'.repeat(100_000));
      expect(['SyntaxError', 'MemoryError', 'RecursionError']).toContain(error?.type);
      expect(await python.returned('fujian_return = "alive"')).toBe('alive');
    });

    it('with deep nesting of data is run, or an error of the code', async () => {
      const { error } = await python.execute(`import json\njson.loads("[" * 100000)`);
      expect(error?.type).toMatch(/RecursionError|JSONDecodeError/);
    });
  });

  describe('code that wants to leave', () => {
    it.each([
      ['sys.exit(0)', 'SystemExit', '0'],
      ['sys.exit("text")', 'SystemExit', 'text'],
      ['sys.exit()', 'SystemExit', ''],
      ['exit()', 'SystemExit', 'None'],
      ['quit(3)', 'SystemExit', '3'],
      ['raise SystemExit', 'SystemExit', ''],
      ['raise KeyboardInterrupt', 'KeyboardInterrupt', ''],
      ['raise GeneratorExit', 'GeneratorExit', ''],
    ])('%s is an unhandled exception like any other', async (code, type, value) => {
      await python.run('survives = "yes"; import sys');
      expect((await python.execute(code)).error).toMatchObject({ type, value });
      expect(await python.returned('fujian_return = survives')).toBe('yes');
      expect(python.service.generation).toBe(1);
    });

    it('SystemExit in a thread ends the thread alone', async () => {
      const { error, stderr } = await python.execute(
        'import threading\nt = threading.Thread(target=sys.exit)\nt.start()\nt.join()',
      );
      expect(error).toBeUndefined();
      expect(stderr).toBe('');
    });

    it('exit() leaves stdin as it was', async () => {
      await python.execute('exit()');
      expect(await python.returned('fujian_return = sys.stdin.closed, sys.stdin.read()')).toBe(
        "(False, '')",
      );
    });
  });

  it('has no input: input() ends at once', async () => {
    expect((await python.execute('input("name? ")')).error?.type).toBe('EOFError');
  });

  describe('names that code takes from under us', () => {
    it.each([
      'import builtins; builtins.exec = builtins.compile = builtins.str = None',
      'import builtins; builtins.len = lambda *_: 0',
      'import builtins; builtins.isinstance = builtins.getattr = builtins.open = builtins.__import__ = None',
      'import sys; sys.modules.clear()',
      'import sys; sys.modules = None',
      'import sys; sys.__dict__.clear()',
      'import sys; sys.modules["os"] = sys.modules["json"] = sys.modules["traceback"] = None',
      'import sys; sys.path = None; sys.meta_path = []',
      'import sys; sys.settrace(lambda *_: 1 / 0)',
      'import sys; sys.setprofile(lambda *_: 1 / 0)',
      'import sys; sys.exc_info = sys._getframe = sys.settrace = None',
      'import json; json.dumps = json.JSONEncoder.encode = json.decoder.JSONDecoder.decode = None',
      'import traceback, linecache; traceback.TracebackException = linecache.cache = None',
      'import os; os.write = os.dup2 = os.fork = os.getpid = os.environ = None',
      'import os; os.__dict__.clear()',
      'import socket, struct; socket.socket.send = socket.socket.close = struct.Struct = None',
      'import signal; signal.signal = signal.getsignal = None',
      'import time; time.monotonic = time.sleep = None',
      'import threading; threading.get_ident = threading.current_thread = threading.RLock = None',
      'import contextlib; contextlib.suppress.__exit__ = None',
      'import types; types.ModuleType = types.CodeType = None',
      'import codecs; codecs.register_error("backslashreplace", None.__class__)',
      'import warnings; warnings.showwarning = warnings.filters = None',
      'import gc; gc.disable(); gc.freeze()',
      'del __builtins__',
    ])('%s: the state stays', async (code) => {
      const own = await python.service.createSession();
      await own.execute('kept = 5');
      await own.execute(code).catch(() => undefined);
      const { error } = await own.execute('1 / 0');
      expect(error?.traceback).toMatch(
        /^Traceback .*\n {2}File "<fujian-\d+>", line 1, in <module>\n[^]*ZeroDivisionError/,
      );
      expect(await own.evaluate('[kept, {kept}]')).toEqual([5, new Set([5])]);
      expect(own.generation).toBe(1);
      const { session: fork } = await python.service.fork(own.id);
      expect(await fork.evaluate('kept')).toBe(5);
      await python.service.close(fork.id);
      await python.service.close(own.id);
    });

    it.each([20, 50, 100])('the recursion limit of %i is that of the code alone', async (limit) => {
      const own = await python.service.createSession();
      await own.execute(`import sys; kept = 5; sys.setrecursionlimit(${limit})`);
      const { error } = await own.execute('def f(): f()\nf()');
      expect(error?.traceback).toMatch(/^Traceback [^]*\nRecursionError: maximum recursion depth/);
      expect(await own.evaluate('kept')).toBe(5);
      expect((await own.execute('fujian_return = sys.getrecursionlimit()')).return).toBe(
        `${limit}`,
      );
      expect(own.generation).toBe(1);
      await python.service.close(own.id);
    });

    it('all builtins: the state stays', async () => {
      const own = await python.service.createSession();
      await own.execute('import builtins; kept = 5; builtins.__dict__.clear()');
      expect((await own.execute('1 / 0')).error?.traceback).toMatch(/ZeroDivisionError/);
      await python.service.fork(own.id).catch(() => undefined);
      expect(await own.evaluate('kept')).toBe(5);
      expect(own.generation).toBe(1);
      await python.service.close(own.id);
    });

    it('imports: completions need none', async () => {
      const own = await python.service.createSession();
      await own.execute('import sys; kept = 5; sys.meta_path.insert(0, None)');
      const completed = await own.call('_fujian.interactive.completions:complete', ['kep', 3]);
      expect(completed).toMatchObject({ matches: [{ text: 'kept' }] });
      await python.service.close(own.id);
    });

    it('all globals: the next execution works', async () => {
      const own = await python.service.createSession();
      await own.execute('globals().clear()');
      expect((await own.execute('print("still here")')).stdout).toBe('still here\n');
      await python.service.close(own.id);
    });
  });
});
