import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeApplicationDirectory } from '../support/application-directory.js';
import { anyPython, pythons } from '../support/pythons.js';
import { requireOrSkip } from '../support/requirement.js';
import { scientificPythons } from '../support/scientific-pythons.js';
import { PROGRAM_OF_ARRAYS, TYPED_PROGRAM } from './typed-program.js';

const COMMAND = resolve('bin/fujian.js');
const TSC = resolve('node_modules/.bin/tsc');
const CASES = [
  ...pythons().map((python) => ({ python, name: 'everything', program: TYPED_PROGRAM })),
  ...scientificPythons().map((python) => ({ python, name: 'arrays', program: PROGRAM_OF_ARRAYS })),
];

/** A module of which only one function is declared. */
const PARTLY = `
from math import pi, sqrt
VERSION: str = "1"
names = ["a"]
_hidden = 1
class Model: pass
class Failure(Exception): pass
def then(): return 1
def toString(): return "a"
def f() -> int: return 1
`;

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(directory: string, command: string, ...args: string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: directory,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('fujian types', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fujian-types-'));
  const types = (...args: string[]) =>
    run(directory, COMMAND, 'types', '--python', anyPython().path, ...args);

  beforeAll(() => {
    makeApplicationDirectory(directory);
    copyFileSync('test/command-line/everything.py', join(directory, 'everything.py'));
    writeFileSync(join(directory, 'breaks.py'), 'def f(): ...\n1 / 0\n');
    writeFileSync(join(directory, 'needs.py'), 'import not_there\n');
    writeFileSync(join(directory, 'empty.py'), 'answer = 42\n');
    writeFileSync(join(directory, 'partly.py'), PARTLY);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('says what is left out, and how to reach it', () => {
    expect(types('partly').stdout)
      .toBe(`// The Python module \`partly\`, as \`fujian types\` has written it.
// An int of Python that is a number here arrives as a bigint from 2 ** 53 on.
// Left out: then, toString, as JavaScript or Nest looks for it on any object: call('partly:then') calls it.
// Left out: Model, Failure, as only functions are declared: hold('partly:Model') makes an instance.
// Left out: VERSION, names, as only functions are declared: import('partly:VERSION') has a value().

export function f(): Promise<number>;
`);
  });

  describe.runIf(requireOrSkip('numpy and its like', scientificPythons().length > 0))(
    'writes declarations by which programs compile, and that are true',
    () => {
      let compiled: Outcome;

      /** Compiles all programs at once, which takes no longer than one. */
      beforeAll(() => {
        const written = CASES.flatMap(({ python, name, program }) => {
          const folder = join(directory, python.version);
          mkdirSync(folder, { recursive: true });
          copyFileSync(join('test/command-line', `${name}.py`), join(folder, `${name}.py`));
          writeFileSync(join(folder, `${name}-program.ts`), program);
          const args = ['types', name, '-o', `${name}.d.ts`, '--python', python.path];
          expect(run(folder, COMMAND, ...args)).toMatchObject({ status: 0, stdout: '' });
          return [`${name}.d.ts`, `${name}-program.ts`].map((file) => join(python.version, file));
        });
        // Errors in the declarations count too.
        const options =
          '--strict --target es2023 --module nodenext --types node --skipLibCheck false';
        compiled = run(directory, TSC, ...options.split(' '), ...written);
      });

      it('for the compiler', () => {
        expect(compiled).toEqual({ status: 0, stdout: '', stderr: '' });
      });

      it.each(CASES)('for $name.py, with Python $python.version', ({ python, name }) => {
        const folder = join(directory, python.version);
        const ran = run(folder, process.execPath, `${name}-program.js`, python.path);
        expect(ran).toEqual({ status: 0, stdout: 'all as declared\n', stderr: '' });
      });
    },
  );

  it('writes to standard output, without what the module prints', () => {
    const { status, stdout, stderr } = types('everything');
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'imported\n' });
    expect(stdout).toMatch(/^\/\/ The Python module `everything`/);
    expect(stdout).toContain(
      [
        '/**',
        ' * Adds.',
        ' *',
        String.raw` * If *\/ flag is set, the other way round.`,
        ' */',
        'export function add(a: number | bigint, b?: number | bigint): Promise<number>;',
      ].join('\n'),
    );
    expect(stdout).toContain(
      "unresolved(thing: unknown /* NameError: name 'Thing' is not defined */)",
    );
  });

  it('finds modules in the given directory', () => {
    const outcome = run(tmpdir(), COMMAND, 'types', 'everything', '--cwd', directory);
    expect(outcome.status).toBe(0);
  });

  it('says that there is no such module, and where it has looked', () => {
    const { status, stdout, stderr } = types('not_there');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^fujian: there is no Python module 'not_there', as Python 3\.\d+/);
    expect(stderr).toContain('--cwd');
    expect(types('everything.py').stderr).toContain('Modules are named without .py.');
  });

  it('says of which module the import has ended Python', () => {
    writeFileSync(join(directory, 'dies.py'), 'import os\nos._exit(3)\n');
    expect(types('dies')).toEqual({
      status: 1,
      stdout: '',
      stderr: "fujian: Python ended while the module 'dies' was imported: exit code 3.\n",
    });
  });

  it('shows the traceback of a module that cannot be imported, as Python would', () => {
    const { status, stderr } = types('breaks');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^fujian: the Python module 'breaks' could not be imported\. Python 3/);
    expect(stderr).toMatch(
      /says:\nTraceback \(most recent call last\):\n {2}File ".*breaks\.py", line 2, in <module>\n/,
    );
    expect(stderr).toMatch(/ZeroDivisionError: division by zero\n$/);
    expect(types('needs').stderr).toMatch(/ModuleNotFoundError: No module named 'not_there'\n$/);
  });

  it('says that there is nothing to declare', () => {
    expect(types('empty')).toEqual({
      status: 1,
      stdout: '',
      stderr:
        "fujian: the Python module 'empty' has no public function: none is defined in it that has no _ in front of its name, or is named by __all__.\n",
    });
  });

  it('says that it cannot write', () => {
    const { status, stderr } = types('everything', '-o', 'no/such/folder.d.ts');
    expect(status).toBe(1);
    expect(stderr).toContain('fujian: no/such/folder.d.ts cannot be written: ENOENT');
  });

  it('leaves alone what it does not write anew', () => {
    writeFileSync(join(directory, 'kept.d.ts'), 'kept');
    expect(types('breaks', '-o', 'kept.d.ts').status).toBe(1);
    expect(readFileSync(join(directory, 'kept.d.ts'), 'utf8')).toBe('kept');
  });

  it('says that there is no such Python, and no such directory', () => {
    const missing = join(directory, 'python3');
    expect(run(directory, COMMAND, 'types', 'json', '--python', missing)).toEqual({
      status: 1,
      stdout: '',
      stderr: `fujian: there is no Python '${missing}' (--python).\n`,
    });
    expect(types('json', '--cwd', missing)).toEqual({
      status: 1,
      stdout: '',
      stderr: `fujian: there is no directory ${missing} (--cwd).\n`,
    });
  });
});

describe('fujian', () => {
  const fujian = (...args: string[]) => run('.', COMMAND, ...args);

  it('tells its version, and what it can do', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(fujian('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    const { status, stdout } = fujian('--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: fujian /);
    expect(stdout).toContain('types [options] <module>');
    expect(fujian('types', '--help').stdout).toContain('--cwd <directory>');
  });

  it.each([
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['types'], "missing required argument 'module'"],
    [['types', 'json', 'statistics'], 'too many arguments'],
    [['types', 'json', '--frobnicate'], "unknown option '--frobnicate'"],
    [['types', 'my_module.d-ts'], 'write package.module, without .py'],
  ])('ends with 2 for %j, before anything starts', (args, message) => {
    const { status, stdout, stderr } = fujian(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(existsSync('json.d.ts')).toBe(false);
  });
});
