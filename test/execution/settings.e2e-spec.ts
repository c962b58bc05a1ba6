import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  InterpreterStartError,
  PythonNotFoundError,
  PythonTooOldError,
} from '../../src/errors/start-errors.js';
import type { ExecutionOptions } from '../../src/execution/execution-options.js';
import { TestPython } from '../support/python.js';
import { anyPython, oldPythons } from '../support/pythons.js';

let folder: string;
const started: TestPython[] = [];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'settings-')));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await Promise.all(started.splice(0).map((python) => python.close()));
  rmSync(folder, { recursive: true });
});

async function start(options: ExecutionOptions = {}): Promise<TestPython> {
  const python = await TestPython.start(options);
  started.push(python);
  return python;
}

/** Starts a Python without naming one. */
async function startAny(): Promise<TestPython> {
  const python = await TestPython.startWith({});
  started.push(python);
  return python;
}

/** Returns the error that keeps the application from starting. */
async function refusal(options: ExecutionOptions): Promise<Error> {
  const outcome = await TestPython.start(options).catch((error: unknown) => error);
  if (outcome instanceof TestPython) {
    await outcome.close();
    throw new Error('it started');
  }
  return outcome as Error;
}

function file(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe('a number of an option that is none', () => {
  it.each([Number.NaN, -1, '5'])('is refused where it is given: %s', async (number) => {
    const { service } = await start({ pool: { size: 1 } });
    const options = { timeout: number as number };
    const refusal = {
      code: 'FUJIAN_EXECUTION_OPTIONS',
      message: expect.stringMatching(/^The option timeout must be a number from 0 on, not /),
    };
    for (const run of [
      () => service.execute('ran = 1', options),
      () => service.evaluate('exec("ran = 1")', options),
      () => service.call('builtins:exec', ['ran = 1'], {}, options),
      () => service.stream('ran = 1', options).forEach(() => undefined),
      () => service.iterate('builtins:list', [], {}, options).next(),
      () => service.execute('ran = 1', { ...options, isolated: true }),
      () => service.pool.execute('ran = 1', options),
    ]) {
      await expect(run(), run.toString()).rejects.toMatchObject(refusal);
    }
    expect(await service.evaluate('"ran" in globals()')).toBe(false);
    const limits = { memory: number as number };
    await expect(service.createSession({ limits })).rejects.toMatchObject({
      code: 'FUJIAN_SESSION_OPTIONS',
      message: expect.stringMatching(/^The option limits.memory must be a number from 0 on, not /),
    });
  });
});

describe('the start-up file', () => {
  it('runs first, in the namespace of what follows', async () => {
    const startup = file('startup.py', 'import math\nradius = 2\n');
    const python = await start({ startup });
    expect(await python.returned('fujian_return = math.floor(math.pi * radius)')).toBe('6');
  });

  it('runs again in the interpreter that takes the place of a dead one', async () => {
    const python = await start({ startup: file('startup.py', 'count = 0') });
    await python.run('count += 1');
    await python.death('import os; os._exit(1)');
    expect(await python.returned('fujian_return = count')).toBe('0');
  });

  it('is named in tracebacks of what it defined', async () => {
    const startup = file('startup.py', 'def fails():\n    raise ValueError("of the file")\n');
    const traceback = await (await start({ startup })).traceback('fails()');
    expect(traceback).toContain(
      `File "${startup}", line 2, in fails\n    raise ValueError("of the file")\n`,
    );
  });

  it('may begin with a byte order mark', async () => {
    const python = await start({ startup: file('startup.py', '\ufeffname = "marked"') });
    expect(await python.returned('fujian_return = name')).toBe('marked');
  });

  it('that is not there keeps the application from starting, with a sentence', async () => {
    const error = await refusal({ startup: '/not/there.py' });
    expect(error).toBeInstanceOf(InterpreterStartError);
    expect(error.message).toMatch(/^The start-up file cannot be read .*ENOENT.*\/not\/there\.py/);
  });

  it('that raises keeps the application from starting, with its traceback', async () => {
    const startup = file('startup.py', 'x = 1\n1 / 0\n');
    const error = await refusal({ startup });
    expect(error).toBeInstanceOf(InterpreterStartError);
    expect(error.message).toMatch(
      /The start-up file .*startup\.py \(FUJIAN_STARTUP\) raised an exception:\nTraceback[^]*line 2[^]*ZeroDivisionError/,
    );
  });

  it('that ends the interpreter keeps the application from starting, with the reason', async () => {
    const error = await refusal({ startup: file('startup.py', 'import os; os._exit(4)') });
    expect(error).toBeInstanceOf(InterpreterStartError);
    expect(error.message).toMatch(
      /^The interpreter ended while it ran the start-up file .*startup\.py \(FUJIAN_STARTUP\): exit code 4\.$/,
    );
  });

  it('that fails in a later interpreter is the reason why waiting code was not run, once', async () => {
    for (const [failure, reason] of [
      ['import os; os._exit(4)', 'ended while it ran the start-up file'],
      ['raise ValueError', 'raised an exception'],
    ] as const) {
      const failing = await start({ startup: file('later.py', laterOnly(failure)) });
      file('fails', '');
      await failing.death('import os; os._exit(1)');
      const waiting = [failing.execute('pass'), failing.execute('pass')].map((execution) =>
        expect(execution).rejects.toThrow(reason),
      );
      await Promise.all(waiting);
      rmSync(join(folder, 'fails'));
      // The death of the failed interpreter is not attributed to this one.
      expect(await failing.returned('fujian_return = "a new one"')).toBe('a new one');
    }
  });
});

function laterOnly(failure: string): string {
  return `import os\nif os.path.exists(${JSON.stringify(join(folder, 'fails'))}): ${failure}`;
}

describe('preloaded modules', () => {
  it('are imported before the interpreter is asked to', async () => {
    const python = await start({ preload: ['decimal', 'xml.dom'] });
    const loaded = '{"decimal", "xml.dom"} <= set(sys.modules)';
    expect(await python.returned(`import sys; fujian_return = ${loaded}`)).toBe('True');
  });

  it('may come from the working directory', async () => {
    file('ours/of_the_user.py', 'import os\npid = os.getpid()');
    const python = await start({ cwd: join(folder, 'ours'), preload: ['of_the_user'] });
    // Imported once, by the process that all interpreters are forked from.
    expect(
      await python.returned(
        'import os, of_the_user; fujian_return = of_the_user.pid == os.getppid()',
      ),
    ).toBe('True');
  });

  it('are told to start no threads', async () => {
    file('told.py', 'import os\narrow = os.environ["JE_ARROW_MALLOC_CONF"]');
    const python = await start({ cwd: folder, preload: ['told'] });
    expect(await python.returned('import told; fujian_return = told.arrow')).toBe(
      'background_thread:false',
    );
  });

  it('leave the environment as it was', async () => {
    const python = await start({ preload: ['decimal'] });
    expect(
      await python.returned(
        'import os; fujian_return = [n for n in os.environ if "_NUM_THREADS" in n or "ARROW" in n]',
      ),
    ).toBe('[]');
  });

  it.each([
    ['that is not there', 'no_such_module', undefined, "No module named 'no_such_module'"],
    ['that raises', 'raises', '1 / 0', 'ZeroDivisionError: division by zero'],
    ['that exits', 'exits', 'raise SystemExit("leaving")', 'SystemExit: leaving'],
    ['that has an error of syntax', 'broken', 'a b', 'SyntaxError: invalid syntax'],
  ])('one %s keeps the application from starting, by its name', async (_, name, code, reason) => {
    if (code) file(`${name}.py`, code);
    const error = await refusal({ cwd: folder, preload: ['decimal', name] });
    expect(error).toBeInstanceOf(InterpreterStartError);
    expect(error.message).toMatch(
      new RegExp(
        `^The option preload .FUJIAN_PRELOAD. names the module '${name}', which .* cannot import: .*`,
      ),
    );
    expect(error.message).toContain(reason);
  });

  it.runIf(process.platform === 'linux')(
    'one that starts a thread keeps the application from starting, by its name',
    async () => {
      file(
        'threaded.py',
        'import threading, time\nthreading.Thread(target=time.sleep, args=(100,), daemon=True).start()',
      );
      const error = await refusal({ cwd: folder, preload: ['decimal', 'threaded', 'wave'] });
      expect(error.message).toMatch(/^Importing threaded started a thread, which does not survive/);
    },
  );
});

describe('the working directory', () => {
  it("is the service's own unless set", async () => {
    expect(await (await start()).returned('import os; fujian_return = os.getcwd()')).toBe(
      process.cwd(),
    );
  });

  it('is the one that is set, and modules are imported from it', async () => {
    file('nearby.py', 'answer = 42');
    const python = await start({ cwd: folder });
    expect(await python.returned('import os; fujian_return = os.getcwd()')).toBe(folder);
    expect(await python.returned('import nearby; fujian_return = nearby.answer')).toBe('42');
  });

  it('may hold files named as modules of the standard library: ours do not import them', async () => {
    for (const name of ['socket', 'json', 'struct', 'signal', 'traceback', '_fujian']) {
      file(`${name}.py`, 'raise Exception("of the user")');
    }
    const python = await start({ cwd: folder });
    expect(await python.printed('print("works")')).toBe('works\n');
  });

  it('that is not there keeps the application from starting', async () => {
    const error = await refusal({ cwd: join(folder, 'nowhere') });
    expect(error.message).toContain(join(folder, 'nowhere'));
  });
});

describe('the Python', () => {
  it('is that of VIRTUAL_ENV if none is set', async () => {
    const venv = join(folder, 'venv');
    execFileSync(anyPython().path, ['-m', 'venv', '--without-pip', venv]);
    vi.stubEnv('VIRTUAL_ENV', venv);
    expect(await (await startAny()).returned('import sys; fujian_return = sys.prefix')).toBe(venv);
  });

  it('is python3 on PATH otherwise, also if VIRTUAL_ENV holds none', async () => {
    const script = file('bin/python3', `#!/bin/sh\nexec '${anyPython().path}' "$@"\n`);
    chmodSync(script, 0o755);
    vi.stubEnv('PATH', `${dirname(script)}:${process.env['PATH']}`);
    vi.stubEnv('VIRTUAL_ENV', join(folder, 'nowhere'));
    const warn = vi.spyOn(Logger.prototype, 'warn');
    const { python } = (await startAny()).service;
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^VIRTUAL_ENV \(.*nowhere\) has no bin\/python, so .*python3 runs/)],
    ]);
    expect(python.version).toBe(anyPython().version);
    expect(realpathSync(python.executable)).toBe(realpathSync(anyPython().path));
  });

  it.each(['fork', 'spawn'] as const)('comes first on the PATH of its code (%s)', async (mode) => {
    const venv = join(folder, 'venv');
    execFileSync(anyPython().path, ['-m', 'venv', '--without-pip', venv]);
    for (const [program, whose] of [
      ['venv/bin/pip', 'its own'],
      ['bin/pip', 'another'],
    ] as const) {
      chmodSync(file(program, `#!/bin/sh\necho ${whose}\n`), 0o755);
    }
    vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env['PATH']}`);
    const python = await start({ python: join(venv, 'bin/python3'), start: mode });
    expect(await python.printed('import os; _ = os.system("pip")')).toBe('its own\n');
    const { stdout } = await python.execute('!pip', { interactive: true });
    expect(stdout).toBe('its own\n');
  });

  it('may be set as a command on PATH', async () => {
    const script = file('bin/my-python', `#!/bin/sh\nexec '${anyPython().path}' "$@"\n`);
    chmodSync(script, 0o755);
    vi.stubEnv('PATH', `${dirname(script)}:${process.env['PATH']}`);
    const python = await start({ python: 'my-python' });
    expect(python.service.python.version).toBe(anyPython().version);
  });

  it.each(['/no/such/python', 'no-such-python', '.', '/etc/passwd'])(
    'that is not to be found (%s) keeps the application from starting',
    async (python) => {
      const error = await refusal({ python });
      expect(error).toBeInstanceOf(PythonNotFoundError);
      expect(error).toMatchObject({
        code: 'FUJIAN_PYTHON_NOT_FOUND',
        message: `No Python found: looked for '${python}', which the option python (FUJIAN_PYTHON) names. Set it to the path of a Python 3.9 or later, or leave it out to use python3.`,
      });
    },
  );

  it('that nobody named and that is not on PATH keeps the application from starting', async () => {
    vi.stubEnv('VIRTUAL_ENV', '');
    vi.stubEnv('PATH', folder);
    await expect(startAny()).rejects.toThrow(
      'No Python found: looked for python3 on PATH. Install Python 3.9 or later, or set the option python (FUJIAN_PYTHON) to its path.',
    );
  });

  it('that is none keeps the application from starting', async () => {
    const script = file('fake', '#!/bin/sh\necho "I am no Python" >&2\nexit 1\n');
    chmodSync(script, 0o755);
    const error = await refusal({ python: script });
    expect(error).toBeInstanceOf(InterpreterStartError);
    expect(error.message).toBe('I am no Python');
  });

  it('that the system cannot execute keeps the application from starting', async () => {
    const script = file('fake', '#!/no/such/program\n');
    chmodSync(script, 0o755);
    const error = await refusal({ python: script });
    expect(error).toBeInstanceOf(InterpreterStartError);
    expect(error.message).toMatch(/fake could not be started in the directory \.: spawn .*$/);
  });

  it.each(oldPythons())(
    'that is too old ($version) keeps the application from starting',
    async ({ version, path }) => {
      const error = await refusal({ python: path });
      expect(error).toBeInstanceOf(PythonTooOldError);
      expect(error).toMatchObject({
        code: 'FUJIAN_PYTHON_TOO_OLD',
        version,
        message: `${path} is Python ${version}; Fujian needs 3.9 or later. Set the option python (FUJIAN_PYTHON) to the path of a newer one.`,
      });
    },
  );
});

describe('the environment', () => {
  it("is the service's own", async () => {
    vi.stubEnv('FUJIAN_TEST_VARIABLE', 'ä value');
    expect(
      await (
        await start()
      ).returned('import os; fujian_return = os.environ["FUJIAN_TEST_VARIABLE"]'),
    ).toBe('ä value');
  });

  it("does not hold the service's token, nor does that of any process above", async () => {
    vi.stubEnv('FUJIAN_TOKEN', 'do-not-tell');
    const seen = await (
      await start()
    ).returned(
      `import os
def environment(pid):
    with open(f"/proc/{pid}/environ", "rb") as listing: return listing.read()
everything = repr(os.environ).encode() + environment("self") + environment(os.getppid())
fujian_return = b"do-not-tell" in everything, len(everything) > 100`,
    );
    expect(seen).toBe('(False, True)');
  });
});

describe('the queue', () => {
  it('refuses what would exceed its limit, and says so', async () => {
    const python = await start({ queueLimit: 3 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => python.execute('import time; time.sleep(0.01)')),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(outcomes[4]).toMatchObject({ reason: { code: 'FUJIAN_QUEUE_FULL', limit: 3 } });
    expect(await python.printed('print("room again")')).toBe('room again\n');
  });
});

describe('the limit of output', () => {
  it('keeps that many bytes of each stream of one execution, and says what it cut', async () => {
    const python = await start({ outputLimit: 1000 });
    const { stdout, stderr } = await python.run(
      'import sys; print("x" * 5000, end=""); sys.stderr.write("short")',
    );
    expect(stdout).toBe(
      `${'x'.repeat(1000)}\n[fujian: output cut here after 1000 bytes, 4000 more were dropped; FUJIAN_OUTPUT_LIMIT sets the limit]\n`,
    );
    expect(stderr).toBe('short');
    expect(await python.printed('print("whole")')).toBe('whole\n');
  });
});

describe('the default timeout', () => {
  it('holds for executions that name none, and gives way to those that do', async () => {
    const python = await start({ timeout: 100 });
    expect((await python.execute('while True: pass')).error?.type).toBe('ExecutionTimeoutError');
    const patient = await python.execute('import time; time.sleep(0.2)', { timeout: 0 });
    expect(patient.error).toBeUndefined();
  });
});
