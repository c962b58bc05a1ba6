import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Result, Sandbox, TimeoutError } from '@e2b/code-interpreter';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Checkpoint } from '../support/checkpoint.js';
import { ADAPTERS, TestService } from '../support/service.js';

describe.each(ADAPTERS)('the JavaScript SDK for code interpreters, on %s', (httpAdapter) => {
  let service: TestService;
  let sandbox: Sandbox;
  let checkpoint: Checkpoint;

  beforeAll(async () => {
    // No test waits as long as it takes to kill code that does not stop.
    service = await TestService.start({ httpAdapter, interruptGrace: 60_000 });
    sandbox = await Sandbox.create({ debug: true, sandboxUrl: service.url });
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
  });
  afterEach(async () => {
    checkpoint.tearDown();
    for (const { id } of await sandbox.listCodeContexts()) {
      if (id !== 'main') await sandbox.removeCodeContext(id);
    }
  });

  const execute = (body: object) =>
    service.request('/execute', { method: 'POST', body: JSON.stringify(body) });

  describe('runCode()', () => {
    it('tells what is printed and shown, and the value of the last expression', async () => {
      const stdout: string[] = [];
      const stderr: string[] = [];
      const results: Result[] = [];
      const code = `import sys
sys.stdout.write("out\\n")
sys.stderr.write("err\\n")
display("shown")
6 * 7`;
      const execution = await sandbox.runCode(code, {
        onStdout: ({ line, error }) => void stdout.push(`${error}: ${line}`),
        onStderr: ({ line, error }) => void stderr.push(`${error}: ${line}`),
        onResult: (result) => void results.push(result),
      });
      expect([stdout, stderr]).toEqual([['false: out\n'], ['true: err\n']]);
      expect(results.map(({ text, isMainResult }) => [text, isMainResult])).toEqual([
        ["'shown'", false],
        ['42', true],
      ]);
      expect(execution.text).toBe('42');
      expect(execution.logs).toEqual({ stdout: ['out\n'], stderr: ['err\n'] });
      expect(execution.results).toEqual(results);
      expect(execution.error).toBeUndefined();
    });

    it('tells while the code runs', async () => {
      let told!: (line: string) => void;
      const first = new Promise<string>((resolve) => (told = resolve));
      const execution = sandbox.runCode(`print("before", end="")\n${checkpoint.pass()}\n"done"`, {
        onStdout: ({ line }) => told(line),
      });
      expect(await first).toBe('before');
      (await checkpoint.arrival()).letThrough();
      expect((await execution).text).toBe("'done'");
    });

    it('tells of an error with its traceback, which shows the lines of the user alone', async () => {
      const errors: unknown[] = [];
      const code = 'def half(n):\n  return n / 0  # not 2\n\nprint("before")\nhalf(4)';
      const { error, logs, text } = await sandbox.runCode(code, {
        onError: (error) => void errors.push(error),
      });
      expect(logs.stdout.join('')).toBe('before\n');
      expect(text).toBeUndefined();
      expect(errors).toEqual([error]);
      expect([error?.name, error?.value]).toEqual(['ZeroDivisionError', 'division by zero']);
      const lines = error!.traceback.split('\n').filter((line) => !/^\s*[~^]+$/.test(line));
      expect(lines).toEqual([
        'Traceback (most recent call last):',
        expect.stringMatching(/^ {2}File "<fujian-\d+>", line 5, in <module>$/),
        '    half(4)',
        expect.stringMatching(/^ {2}File "<fujian-\d+>", line 2, in half$/),
        '    return n / 0  # not 2',
        'ZeroDivisionError: division by zero',
        '',
      ]);
    });

    it('reports code that is not Python', async () => {
      const { error } = await sandbox.runCode('ok = 1\nno no no');
      expect(error).toMatchObject({ name: 'SyntaxError', value: /invalid syntax/ });
      expect(error!.traceback).toContain('line 2\n    no no no\n');
    });

    it('counts', async () => {
      const context = await sandbox.createCodeContext();
      const counts = [];
      for (const code of ['1', '1 / 0', 'pass']) {
        counts.push((await sandbox.runCode(code, { context })).executionCount);
      }
      expect(counts).toEqual([1, 2, 3]);
    });

    it('keeps variables, and shares main with POST /', async () => {
      await sandbox.runCode('shared = [1]');
      expect((await service.run('shared.append(2); fujian_return = shared')).return).toBe('[1, 2]');
      await sandbox.runCode('shared.append(3)');
      expect((await sandbox.runCode('shared')).text).toBe('[1, 2, 3]');
    });

    it('keeps characters whole, whatever ends a line in Unicode', async () => {
      const text = 'ä😀\u2028\u2029\u0085';
      const stdout: string[] = [];
      const { results } = await sandbox.runCode(
        `text = ${JSON.stringify(text)}\nprint(text)\ndisplay({"text/html": text}, raw=True)`,
        { onStdout: ({ line }) => void stdout.push(line) },
      );
      expect(stdout.join('')).toBe(`${text}\n`);
      expect(results[0]?.html).toBe(text);
    });

    it('takes python for a language, and nothing else', async () => {
      expect((await sandbox.runCode('1 + 1', { language: 'python' })).text).toBe('2');
      await expect(sandbox.runCode('1 + 1', { language: 'r' })).rejects.toThrow('400');
      const { status, json } = await execute({ code: '1 + 1', language: 'r' });
      expect([status, json]).toEqual([
        400,
        {
          statusCode: 400,
          code: 'FUJIAN_BAD_BODY',
          message: expect.stringMatching(/\br is not supported; use python/),
        },
      ]);
    });

    it('takes a context or a language, not both', async () => {
      const body = { code: '1', context_id: 'main', language: 'python' };
      const { status, json } = await execute(body);
      expect([status, json.message]).toEqual([
        400,
        expect.stringContaining('only one of context_id and language'),
      ]);
    });

    it('says that a context is not there', async () => {
      const { id } = await sandbox.createCodeContext();
      await sandbox.removeCodeContext(id);
      const context = { id, language: 'python', cwd: '/' };
      const error: unknown = await sandbox
        .runCode('1', { context })
        .catch((error: unknown) => error);
      expect(error).toMatchObject({ name: 'NotFoundError', message: `Context ${id} not found` });
    });
  });

  describe('runCode() with envs', () => {
    const read = 'import os; [os.environ.get(name) for name in names]';
    const envs = {
      FUJIAN_TEST_QUOTES: `it's "quoted" \\ $HOME`,
      FUJIAN_TEST_LINES: 'one\ntwo\n',
      FUJIAN_TEST_EMOJI: '😀',
    };
    const names = Object.keys(envs);

    beforeEach(async () => {
      await sandbox.runCode(`names = ${JSON.stringify(names)}`);
    });

    it('sets them with any value, and restores them afterwards', async () => {
      const set = 'import json; json.dumps([os.environ.get(name) for name in names])';
      const { text } = await sandbox.runCode(`import os\n${set}`, { envs });
      expect(
        JSON.parse(text!.slice(1, -1).replaceAll('\\\\', '\\').replaceAll("\\'", "'")),
      ).toEqual(Object.values(envs));
      expect((await sandbox.runCode(read)).text).toBe('[None, None, None]');
    });

    it('passes them to subprocesses', async () => {
      const { logs } = await sandbox.runCode('!printf %s "$FUJIAN_TEST_LINES"', { envs });
      expect(logs.stdout.join('')).toBe(envs.FUJIAN_TEST_LINES);
    });

    it('overrides one that is there, which is as before afterwards, whatever the code does', async () => {
      await sandbox.runCode('os.environ["FUJIAN_TEST_EMOJI"] = "before"');
      const code =
        'was = os.environ["FUJIAN_TEST_EMOJI"]; del os.environ["FUJIAN_TEST_EMOJI"]; was';
      expect((await sandbox.runCode(code, { envs })).text).toBe("'😀'");
      const after = await sandbox.runCode('os.environ.pop("FUJIAN_TEST_EMOJI")');
      expect(after.text).toBe("'before'");
    });

    it('takes them back also when the code raises, and shifts no line', async () => {
      const { error } = await sandbox.runCode('\n\nraise ValueError("three")', { envs });
      expect(error!.traceback).toMatch(/line 3, in <module>\n {4}raise ValueError\("three"\)/);
      expect((await sandbox.runCode(read)).text).toBe('[None, None, None]');
    });

    it('refuses a name that cannot be set', async () => {
      const { status, json } = await execute({ code: '1', env_vars: { 'A=B': 'x' } });
      expect([status, json]).toEqual([
        400,
        {
          statusCode: 400,
          code: 'FUJIAN_SESSION_OPTIONS',
          message: "'A=B' cannot be set as an environment variable.",
        },
      ]);
    });
  });

  describe('code contexts', () => {
    it('have variables of their own, and a directory', async () => {
      const cwd = mkdtempSync(join(tmpdir(), 'fujian-sdk-'));
      try {
        const context = await sandbox.createCodeContext({ cwd, language: 'python' });
        expect(context).toMatchObject({ id: expect.any(String), language: 'python', cwd });
        await sandbox.runCode('where = "main"');
        const code = 'import os; "where" in globals(), os.getcwd()';
        const { text } = await sandbox.runCode(code, { context });
        expect(text).toBe(`(False, '${realpathSync(cwd)}')`);
      } finally {
        rmSync(cwd, { recursive: true });
      }
    });

    it('are listed, main too', async () => {
      const { id } = await sandbox.createCodeContext();
      const contexts = await sandbox.listCodeContexts();
      expect(contexts.map(({ id }) => id)).toEqual(['main', id]);
      expect(contexts).toContainEqual(
        expect.objectContaining({ id: 'main', language: 'python', cwd: process.cwd() }),
      );
    });

    it('forget all when they are restarted, but for their directory', async () => {
      const cwd = realpathSync(tmpdir());
      const context = await sandbox.createCodeContext({ cwd });
      await sandbox.runCode('import os; kept = 1; os.chdir("/")', { context });
      await sandbox.restartCodeContext(context);
      const { text, executionCount } = await sandbox.runCode(
        'import os; "kept" in globals(), os.getcwd()',
        { context },
      );
      expect([text, executionCount]).toEqual([`(False, '${cwd}')`, 1]);
    });

    it('are gone when they are removed, and then not found', async () => {
      const context = await sandbox.createCodeContext();
      await sandbox.removeCodeContext(context);
      const message = `Context ${context.id} not found`;
      for (const call of [
        () => sandbox.removeCodeContext(context),
        () => sandbox.restartCodeContext(context),
        () => sandbox.runCode('1', { context }),
      ]) {
        const error: unknown = await call().catch((error: unknown) => error);
        expect(error).toMatchObject({ name: 'NotFoundError', message });
      }
    });

    it('do not wait for each other', async () => {
      const [one, other] = [await sandbox.createCodeContext(), await sandbox.createCodeContext()];
      const waiting = sandbox.runCode(`${checkpoint.pass()}; "waited"`, { context: one });
      const arrival = await checkpoint.arrival();
      expect((await sandbox.runCode('"at once"', { context: other })).text).toBe("'at once'");
      arrival.letThrough();
      expect((await waiting).text).toBe("'waited'");
    });
  });

  describe('a client that gives up', () => {
    it.each([
      ['sleeps', 'import time; time.sleep(300)'],
      ['awaits', 'import asyncio; await asyncio.sleep(300)'],
      ['computes', 'while True: pass'],
      ['waits for a command', '!sleep 300'],
    ])('interrupts code that %s, and the interpreter goes on', async (_, code) => {
      await sandbox.runCode('kept = "kept"');
      const call = sandbox.runCode(`print("here")\n${code}`, { timeoutMs: 300 });
      await expect(call).rejects.toBeInstanceOf(TimeoutError);
      // A killed interpreter would have lost it, and no kill comes before this test is over.
      expect((await sandbox.runCode('kept')).text).toBe("'kept'");
    });
  });

  it('reports an interpreter that dies, and goes on with another', async () => {
    const context = await sandbox.createCodeContext();
    const { error, logs, executionCount } = await sandbox.runCode(
      'import os; print("last words", flush=True); os._exit(3)',
      { context },
    );
    expect(logs.stdout.join('')).toBe('last words\n');
    expect(executionCount).toBe(1);
    expect(error).toMatchObject({ name: 'InterpreterDiedError', value: 'exit code 3' });
    expect(error!.traceback).toContain('exit code 3');
    const next = await sandbox.runCode('"os" in globals()', { context });
    expect([next.text, next.executionCount]).toEqual(['False', 1]);
  });

  it('finds the service running', async () => {
    const other = await Sandbox.connect('any', { debug: true, sandboxUrl: service.url });
    expect(await Promise.all([sandbox.isRunning(), other.isRunning()])).toEqual([true, true]);
    expect((await other.runCode('1 + 1')).text).toBe('2');
  });

  it.each([
    ['files.read()', () => sandbox.files.read('/etc/hostname')],
    ['files.write()', () => sandbox.files.write('/nowhere', 'text')],
    ['files.list()', () => sandbox.files.list('/')],
    ['commands.run()', () => sandbox.commands.run('true')],
    ['commands.list()', () => sandbox.commands.list()],
    ['pty.create()', () => sandbox.pty.create({ cols: 80, rows: 24, onData: () => undefined })],
  ])('says of %s that only the code interpreter is served', async (_, call) => {
    await expect(call()).rejects.toThrow(/only its code interpreter: use runCode\(\)/);
  });
});
