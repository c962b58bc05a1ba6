import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PythonInterpreterService } from '../../src/execution/python-interpreter.service.js';
import { TestPython } from '../support/python.js';

/** The service as code without types sees it. */
type Untyped = { readonly [Name in keyof PythonInterpreterService]: (...args: unknown[]) => never };

describe('an argument of a wrong type is refused, and named:', () => {
  let python: TestPython;
  let untyped: Untyped;

  beforeAll(async () => {
    python = await TestPython.start();
    untyped = python.service as unknown as Untyped;
  });
  afterAll(() => python.close());

  it.each<[string, keyof PythonInterpreterService, unknown[], string]>([
    ['no code', 'execute', [undefined], 'The code must be a string, not undefined'],
    ['bytes as code', 'execute', [Buffer.from('1')], 'The code must be a string, not <Buffer 31>'],
    [
      'a file name',
      'execute',
      ['1', { filename: 5 }],
      'The option filename must be a string, not 5',
    ],
    [
      'a timeout',
      'execute',
      ['1', { timeout: '5' }],
      'The option timeout must be a number from 0 on',
    ],
    ['no timeout', 'evaluate', ['1', { timeout: NaN }], 'a number from 0 on, not NaN'],
    ['a negative timeout', 'evaluate', ['1', { timeout: -1 }], 'from 0 on, not -1'],
    ['a signal', 'evaluate', ['1', { signal: null }], 'The option signal must be an AbortSignal'],
    ['onInput', 'execute', ['1', { onInput: 'a' }], "onInput must be a function, not 'a'"],
    ['env', 'execute', ['1', { env: null }], 'The option env must be an object of environment'],
    ['a variable', 'execute', ['1', { env: { A: 1 } }], "'A' cannot be set as an environment var"],
    [
      'null to evaluate',
      'evaluate',
      [null],
      'The expression must be a string of Python code, not null',
    ],
    ['a function to call', 'call', [Math.sqrt], "'package.module:function', not [Function: sqrt]"],
    ['no target', 'hold', [undefined], 'The target of a call must be a string like'],
    [
      'an argument alone',
      'call',
      ['math:sqrt', 4],
      'The arguments of a call must be an array, not 4',
    ],
    ['a string of them', 'call', ['math:sqrt', 'ab'], "must be an array, not 'ab'"],
    ['keywords', 'call', ['math:sqrt', [], null], 'an object like { name: value }, not null'],
    ['keywords', 'call', ['math:sqrt', [], [1]], 'an object like { name: value }, not [ 1 ]'],
    ['a module', 'import', [{}], "The target must be a string like 'package.module' or"],
    ['a name', 'get', [null], 'The name must be a string, not null'],
    ['names', 'set', ['a'], "The names to set must be an object like { name: value }, not 'a'"],
  ])('%s', async (_, method, args, message) => {
    const call = async (): Promise<unknown> => untyped[method](...args);
    await expect(call()).rejects.toThrow(message);
    await expect(call()).rejects.toMatchObject({ code: expect.stringMatching(/^FUJIAN_/) });
  });

  it('in a stream, of an iteration, of a module, of a handle, of a session', async () => {
    await expect(lastValueFrom(untyped.stream(5))).rejects.toThrow(
      'The code must be a string, not 5',
    );
    const items: AsyncGenerator = untyped.iterate(null);
    await expect(items.next()).rejects.toMatchObject({ code: 'FUJIAN_INVALID_ARGUMENT' });
    expect(() => untyped.module(null)).toThrow('The name of a module must be a string, not null');
    using handle = await python.service.import('math');
    await expect(handle.call(5 as never)).rejects.toThrow('must be the name of a method, not 5');
    await expect(handle.get(null as never)).rejects.toThrow('must be the name of an attribute');
    await expect(handle.set({ a: Symbol('s') })).rejects.toMatchObject({ path: 'names.a' });
    const wrong = [{ id: 5 }, { env: 'A=1' }, { env: { A: 1 } }, { cwd: 5 }, { preload: 'math' }];
    for (const options of wrong) {
      await expect((async () => untyped.createSession(options))()).rejects.toMatchObject({
        code: 'FUJIAN_SESSION_OPTIONS',
      });
    }
    expect(await python.service.evaluate('1 + 1')).toBe(2);
  });
});
