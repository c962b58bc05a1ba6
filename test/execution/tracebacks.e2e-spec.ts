import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { times } from '../support/property.js';
import { TestPython } from '../support/python.js';
import { pythons } from '../support/pythons.js';

describe.each(pythons())('tracebacks, in Python $version', ({ path }) => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start({ python: path });
  });
  afterAll(() => python.close());

  /** Returns the traceback without the lines of `^^^^`, which differ among versions. */
  const tracebackOf = async (code: string, filename = '<code>') =>
    (await python.traceback(code, { filename })).replaceAll(/^[ ~^]+\n/gm, '');

  describe('what they show', () => {
    it("is the user's frames and lines alone, as Python prints them", async () => {
      const code = 'def inner():\n    return 1 / 0\n\ninner()';
      expect(await tracebackOf(code)).toBe(
        `Traceback (most recent call last):
  File "<code>", line 4, in <module>
    inner()
  File "<code>", line 2, in inner
    return 1 / 0
ZeroDivisionError: division by zero
`,
      );
    });

    it('names code after the number of its execution, unless told a name', async () => {
      expect(await python.traceback('1 / 0')).toMatch(/File "<fujian-\d+>", line 1, in <module>/);
    });

    it('includes lines of a function that was defined three executions ago', async () => {
      await python.execute('def defined_early():\n    raise LookupError("x")', {
        filename: 'early.py',
      });
      await python.run('a = 1');
      await python.run('b = 2');
      expect(await tracebackOf('defined_early()')).toBe(
        `Traceback (most recent call last):
  File "<code>", line 1, in <module>
    defined_early()
  File "early.py", line 2, in defined_early
    raise LookupError("x")
LookupError: x
`,
      );
    });

    it('includes those of a method, a lambda, a comprehension and a generator defined earlier', async () => {
      await python.run(
        `class Early:
    def method(self):
        return [part() for part in self.parts()]  # in the comprehension
    def parts(self):
        yield lambda: 1 / 0  # in the lambda
early = Early()`,
      );
      await python.run('unrelated = 1');
      const text = await tracebackOf('early.method()');
      expect(text).toContain('# in the comprehension');
      expect(text).toContain('# in the lambda');
    });

    it('counts lines as Python does, whatever other line ends strings hold', async () => {
      const code =
        'text = "form\fseparator\u2028\u0085end"\r\n"""\ninside\n"""\rraise KeyError(text[:4])';
      expect(await tracebackOf(code)).toContain(
        'File "<code>", line 5, in <module>\n    raise KeyError(text[:4])\n',
      );
    });

    it('includes frames of the standard library', async () => {
      expect(await tracebackOf('import json\njson.loads("{")')).toMatch(
        /decoder\.py", line \d+, in/,
      );
    });
  });

  describe('exceptions that belong together', () => {
    it('shows a cause', async () => {
      const code = 'try:\n  1 / 0\nexcept ZeroDivisionError as e:\n  raise ValueError("b") from e';
      const text = await tracebackOf(code);
      expect(text).toMatch(
        /ZeroDivisionError.*\n\nThe above exception was the direct cause of the following exception:\n\n.*ValueError: b\n$/s,
      );
      expect(text).not.toContain('_fujian');
    });

    it('shows a context', async () => {
      const text = await tracebackOf('try:\n  1 / 0\nexcept ZeroDivisionError:\n  undefined_name');
      expect(text).toMatch(/During handling of the above exception, another exception occurred/);
    });

    it('shows none where `from None` says so', async () => {
      const text = await tracebackOf(
        'try:\n  1 / 0\nexcept ZeroDivisionError:\n  raise KeyError from None',
      );
      expect(text).not.toContain('ZeroDivisionError:');
    });

    it('ends with a cycle of causes', async () => {
      const text = await tracebackOf(
        'a, b = ValueError("a"), ValueError("b")\na.__cause__, b.__cause__ = b, a\nraise a',
      );
      expect(text).toMatch(/ValueError: a\n$/);
    });
  });

  describe('errors of syntax', () => {
    it('show the line and a caret', async () => {
      const text = await python.traceback('x = 1\nx = = 2', { filename: '<code>' });
      expect(text).toBe(
        '  File "<code>", line 2\n    x = = 2\n        ^\nSyntaxError: invalid syntax\n',
      );
    });

    it.each([
      ['return 1', "SyntaxError: 'return' outside function"],
      ['def f():\n  x = 1\n  global x  # late', 'SyntaxError: '],
    ])('show the line also where the compiler finds them late: %j', async (code, message) => {
      const text = await tracebackOf(code);
      expect(text).toContain(`\n    ${code.split('\n').at(-1)!.trim()}\n`);
      expect(text).toContain(message);
    });

    it('show the line of an indentation error', async () => {
      expect(await tracebackOf('if True:\npass')).toMatch(
        /\n {4}pass\n.*IndentationError: expected/s,
      );
    });

    it('are those of the user when they compile themselves', async () => {
      const text = await tracebackOf('compile("a b", "theirs", "exec")');
      expect(text).toContain('File "<code>", line 1, in <module>');
      expect(text).toContain('File "theirs", line 1');
    });

    it('leave nothing behind: the text of code that never ran is not kept', async () => {
      await python.execute('return "never ran"', { filename: '<failed>' });
      expect(
        await python.returned('import linecache; fujian_return = "<failed>" in linecache.cache'),
      ).toBe('False');
    });
  });

  it('warnings show the line they are about, those of the compiler too', async () => {
    const { stderr } = await python.execute(
      'import warnings\nwarnings.simplefilter("always")\nwarnings.warn("careful")\nif 1 is 1: pass # compiled',
      { filename: '<code>' },
    );
    expect(stderr).toContain('<code>:3: UserWarning: careful\n  warnings.warn("careful")\n');
    expect(stderr).toContain('if 1 is 1: pass # compiled\n');
  });

  describe('exceptions that are hard to show', () => {
    it('bounds a RecursionError', async () => {
      const { error } = await python.execute('def f(): f()\nf()');
      expect(error?.type).toBe('RecursionError');
      expect(error?.traceback).toMatch(/\[Previous line repeated \d+ more times\]/);
      expect(error!.traceback.length).toBeLessThan(2_000);
    });

    it('bounds one that comes from two functions in turn', async () => {
      const { error } = await python.execute(
        'import sys\nsys.setrecursionlimit(20000)\ndef f(): g()\ndef g(): f()\ntry:\n  f()\nfinally:\n  sys.setrecursionlimit(1000)',
      );
      expect(error?.type).toBe('RecursionError');
      expect(error!.traceback.length).toBeLessThan(300 * 1024);
      expect(error!.traceback).toMatch(/characters cut[^]*RecursionError: /);
    });

    it('bounds a long message, and keeps both its ends', async () => {
      const length = times(10_000_000, 100_000_000);
      const { error } = await python.execute(`raise ValueError("<" + "x" * ${length} + ">")`);
      expect(error!.value.length).toBeLessThan(300 * 1024);
      expect(error!.value).toMatch(/^<x+\n\[\.\.\. \d+ characters cut \.\.\.\]\nx+>$/);
      expect(error!.traceback).toMatch(/^Traceback/);
    });

    it('survives an exception whose __str__ raises', async () => {
      const { error } = await python.execute(
        'class Bad(Exception):\n  def __str__(self): raise RuntimeError("no")\nraise Bad',
      );
      expect(error).toMatchObject({ type: 'Bad', value: '<unprintable Bad object>' });
      expect(error?.traceback).toMatch(
        /Bad: <(exception|unprintable).*failed>|<unprintable Bad object>/,
      );
    });

    it('survives one whose __str__ ends with SystemExit', async () => {
      const { error } = await python.execute(
        'class Leaves(Exception):\n  def __str__(self): raise SystemExit("left")\nraise Leaves',
      );
      expect(error?.type).toMatch(/SystemExit|Leaves/);
      expect(python.service.generation).toBe(1);
    });

    it('survives one whose class has a repr, name and attributes that raise', async () => {
      const { error } = await python.execute(
        `class Meta(type):
  def __repr__(cls): raise ValueError
class Nasty(Exception, metaclass=Meta):
  def __getattribute__(self, name): raise ValueError(name)
raise Nasty("n")`,
      );
      expect(error?.type).toBe('Nasty');
      expect(error?.traceback).toContain('Nasty');
    });

    it('carries characters that are no Unicode text', async () => {
      const { error } = await python.execute(String.raw`raise ValueError("a\ud800\0b")`);
      expect(error?.value).toBe('a\ud800\0b');
      expect(error?.traceback).toContain('ValueError: a\ud800\0b');
    });
  });

  it('sources go with the code that was compiled from them', async () => {
    const count =
      'import linecache; fujian_return = sum(n.startswith("<fujian-") for n in linecache.cache)';
    await python.run('def stays(): pass');
    const before = Number(await python.returned(count));
    for (let i = 0; i < 50; i++) await python.execute(i % 2 ? 'x = 1' : 'lambda: 1 / 0; 1 / 0');
    expect(Number(await python.returned(count))).toBeLessThanOrEqual(before + 1);
  });

  it('leave no reference to the exception but sys.last_value: what it held is freed', async () => {
    await python.run(
      'import weakref, gc\nclass Held: pass\ndef f():\n  held = Held()\n  global seen\n  seen = weakref.ref(held)\n  1 / 0',
    );
    await python.execute('f()');
    expect(await python.returned('fujian_return = seen() is None')).toBe('False');
    await python.execute('a b');
    expect(await python.returned('gc.collect(); fujian_return = seen()')).toBe('None');
  });

  it('sys.exc_info() is clear at the start of the next execution', async () => {
    await python.execute('1 / 0');
    expect(await python.returned('import sys; fujian_return = sys.exc_info()')).toBe(
      '(None, None, None)',
    );
  });
});

/** Pythons with notes and exception groups: 3.11 and later. */
const withNotes = pythons().filter(({ version }) => Number(version.split('.')[1]) >= 11);

describe.each(withNotes)('tracebacks, in Python $version', ({ path }) => {
  let python: TestPython;

  beforeAll(async () => {
    python = await TestPython.start({ python: path });
  });
  afterAll(() => python.close());

  /** Returns the traceback without the lines of `^^^^`, which differ among versions. */
  const tracebackOf = async (code: string, filename = '<code>') =>
    (await python.traceback(code, { filename })).replaceAll(/^[ ~^]+\n/gm, '');

  it('shows notes', async () => {
    const text = await tracebackOf('e = ValueError("v")\ne.add_note("a note")\nraise e');
    expect(text).toMatch(/ValueError: v\na note\n$/);
  });

  it('shows the members of an exception group, without frames of ours', async () => {
    const text = await tracebackOf(
      `def fail():
  raise KeyError("first")
try:
  fail()
except KeyError as error:
  first = error
raise ExceptionGroup("several", [first, ValueError("second")])`,
    );
    expect(text).toContain('ExceptionGroup: several (2 sub-exceptions)');
    expect(text).toContain("KeyError: 'first'");
    expect(text).toContain('ValueError: second');
    expect(text).toContain('raise KeyError("first")');
    expect(text).not.toContain('_fujian');
  });
});
