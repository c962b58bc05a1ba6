import { inspect } from 'node:util';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { keywords } from './keywords.js';
import { pythonModule } from './python-module.js';

interface Model {
  f(...args: unknown[]): Promise<unknown>;
  g(): Promise<unknown>;
  readonly version: string;
}

function recorded() {
  const calls: unknown[] = [];
  const module = pythonModule<Model>('model', async (...call) => calls.push(call));
  return { module, calls };
}

describe('a module of Python', () => {
  it('calls the Python functions of the same names', async () => {
    const { module, calls } = recorded();
    await module.f(1, { a: 2 });
    await module.g();
    expect(calls).toEqual([
      ['model:f', [1, { a: 2 }], {}],
      ['model:g', [], {}],
    ]);
  });

  it('passes keywords by name if they come last', async () => {
    const { module, calls } = recorded();
    await module.f(1, keywords({ b: null, flag: true }));
    expect(calls).toEqual([['model:f', [1], { b: null, flag: true }]]);
  });

  it('omits undefined arguments', async () => {
    const { module, calls } = recorded();
    await module.f(1, undefined, undefined);
    await module.f(undefined, keywords({ b: undefined, c: 1 }));
    expect(calls).toEqual([
      ['model:f', [1], {}],
      ['model:f', [], { c: 1 }],
    ]);
  });

  it('refuses an undefined argument before others', async () => {
    const { module, calls } = recorded();
    await expect(module.f(1, undefined, 3)).rejects.toMatchObject({
      code: 'FUJIAN_LEFT_OUT_ARGUMENT',
      message:
        'Argument 2 of model:f is undefined, but later arguments are not. To omit it, pass the later ones by name: keywords({ name: value }). To pass None, use null.',
    });
    expect(calls).toEqual([]);
  });

  it('returns the same function for the same name', () => {
    const { module } = recorded();
    expect(module.f).toBe(module.f);
    expect(module.f).not.toBe(module.g);
  });

  it('calls no function when it is awaited, printed, compared or provided', async () => {
    const { module, calls } = recorded();
    expect(await Promise.resolve(module)).toBe(module);
    expect(inspect(module)).toContain('PythonModule model');
    expect(() => String(module as unknown)).toThrow(TypeError);
    expect(JSON.stringify(module)).toBe('{}');
    expect(module).not.toEqual({ f: 1 });
    const testing = await Test.createTestingModule({
      providers: [{ provide: 'model', useValue: module }],
    }).compile();
    await testing.init();
    expect(testing.get('model')).toBe(module);
    await testing.close();
    expect(calls).toEqual([]);
  });

  it('is read-only', () => {
    const { module } = recorded();
    expect(() => Object.assign(module, { f: 1 })).toThrow(TypeError);
  });
});
