import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { type Keywords, keywords } from '../execution/calls/keywords.js';
import { PythonError } from '../errors/call-errors.js';
import { ExecutionModule } from '../execution/execution.module.js';
import { PythonInterpreterService } from '../execution/python-interpreter.service.js';
import { FakePython } from './fake-python.js';

describe('FakePython', () => {
  it('takes the place of the service in a testing module', async () => {
    const fake = new FakePython().whenCalled('math:hypot', Math.hypot);
    const module = await Test.createTestingModule({ imports: [ExecutionModule.forRoot()] })
      .overrideProvider(PythonInterpreterService)
      .useValue(fake)
      .compile();
    await module.init();
    expect(await module.get(PythonInterpreterService).call('math:hypot', [3, 4])).toBe(5);
    await module.close();
  });

  it('records questions, and passes keyword arguments as the last argument', async () => {
    const fake = new FakePython().whenCalled('m:f', (...args) => args);
    const options = { timeout: 5 };
    expect(await fake.call('m:f', [1], { by: 2 }, options)).toEqual([1, { by: 2 }]);
    expect(fake.asked).toEqual([
      { type: 'call', session: 'main', target: 'm:f', args: [1], kwargs: { by: 2 }, options },
    ]);
  });

  it('answers functions of modules as calls', async () => {
    const fake = new FakePython().whenCalled('shapes:area', (...args) => args);
    interface Shapes {
      area(width: number, options: Keywords<{ height: number }>): Promise<unknown>;
    }
    const shapes = fake.module<Shapes>('shapes');
    expect(await shapes.area(2, keywords({ height: 3 }))).toEqual([2, { height: 3 }]);
    const lab = await fake.createSession({ id: 'lab' });
    expect(await lab.module<Shapes>('shapes').area(4, keywords({ height: 5 }))).toEqual([
      4,
      { height: 5 },
    ]);
    const inLab = fake.module<Shapes>('shapes', { session: 'lab' });
    await inLab.area(6, keywords({ height: 7 }));
    expect(fake.asked.map(({ session }) => session)).toEqual(['main', 'lab', 'lab']);
  });

  it('reports a question without an answer, and how to give one', async () => {
    const fake = new FakePython().whenCalled('math:sqrt', Math.sqrt);
    await expect(fake.call('math:hypot', [3], { y: "it's" })).rejects.toMatchObject({
      code: 'FUJIAN_UNANSWERED',
      message: [
        `FakePython was asked to call math:hypot(3, y="it's"), but the test has given no answer.`,
        "Give one first: fake.whenCalled('math:hypot', (...args) => value)",
        'There are answers to "math:sqrt".',
      ].join('\n'),
    });
    await expect(fake.execute('print()')).rejects.toThrow('fake.whenExecuted(/part of the code/');
    await expect(fake.get('x')).rejects.toThrow("await fake.set({ 'x': value })");
  });

  it('rejects with what an answer throws, and prefers the later answer', async () => {
    const fake = new FakePython().whenEvaluated(/x/g, 1).whenEvaluated('x', () => 2);
    expect([await fake.evaluate('x'), await fake.evaluate('x + 1')]).toEqual([2, 1]);
    const error = new PythonError({ type: 'ValueError', value: 'no', traceback: '' });
    fake.whenCalled('m:f', () => {
      throw error;
    });
    await expect(fake.call('m:f')).rejects.toBe(error);
  });

  it('refuses what the real service refuses', async () => {
    const fake = new FakePython().whenCalled('m:f', () => 1);
    await expect(fake.call('m:f', [Symbol('no')])).rejects.toMatchObject({
      code: 'FUJIAN_UNSUPPORTED_VALUE',
    });
    const options = { signal: AbortSignal.abort() };
    await expect(fake.call('m:f', [], {}, options)).rejects.toMatchObject({
      code: 'FUJIAN_EXECUTION_ABORTED',
    });
    expect(fake.asked).toEqual([]);
  });

  it('completes results, and streams them', async () => {
    const fake = new FakePython().whenExecuted(/print/, { stdout: 'hi\n' });
    expect(await fake.execute('print("hi")')).toEqual({ stdout: 'hi\n', stderr: '', return: '' });
    const events = [];
    for await (const event of fake.stream('print("hi")')) events.push(event);
    expect(events).toEqual([
      { type: 'stdout', text: 'hi\n' },
      { type: 'result', return: '' },
      { type: 'done' },
    ]);
  });

  it('has sessions with separate names', async () => {
    const fake = new FakePython();
    const told: string[] = [];
    fake.sessionEvents.subscribe(({ session, type }) => told.push(`${session} ${type}`));
    const lab = await fake.createSession({ id: 'lab' });
    await lab.set({ x: 1 });
    const { session: fork } = await fake.fork('lab', { id: 'fork' });
    await fork.set({ x: 2 });
    expect([await fake.get('x', { session: 'lab' }), await fork.get('x')]).toEqual([1, 2]);
    await expect(fake.get('x')).rejects.toMatchObject({ code: 'FUJIAN_UNANSWERED' });
    await expect(fake.createSession({ id: 'lab' })).rejects.toMatchObject({
      code: 'FUJIAN_SESSION_EXISTS',
    });
    await lab.restart();
    await expect(lab.get('x')).rejects.toMatchObject({ code: 'FUJIAN_UNANSWERED' });
    await fake.close('fork');
    await expect(fork.get('x')).rejects.toMatchObject({ code: 'FUJIAN_SESSION_NOT_FOUND' });
    await expect(fake.close('main')).rejects.toMatchObject({ code: 'FUJIAN_SESSION_PERMANENT' });
    expect(fake.sessions().map(({ id }) => id)).toEqual(['main', 'lab']);
    expect(told).toEqual([
      'lab created',
      'lab started',
      'fork created',
      'fork started',
      'fork closed',
    ]);
  });

  it('returns handles named after their origin', async () => {
    const fake = new FakePython()
      .whenCalled('shop:Cart().total', (rate) => 100 * (rate as number))
      .whenCalled('numpy:mean', () => 2)
      .whenEvaluated('shop:Cart().size', 3);
    const cart = await fake.hold('shop:Cart', ['Ada']);
    expect(await cart.call('total', [1.2])).toBe(120);
    expect(await cart.get('size')).toBe(3);
    await cart.set({ size: 4 });
    expect(await cart.get('size')).toBe(4);
    const numpy = await fake.import('numpy');
    expect(await numpy.call('mean', [cart])).toBe(2);
    await expect(cart.call('pay')).rejects.toThrow("fake.whenCalled('shop:Cart().pay'");
    cart.release();
    await expect(cart.call('total')).rejects.toMatchObject({ code: 'FUJIAN_STALE_HANDLE' });
    expect(fake.asked[0]).toMatchObject({ type: 'call', target: 'shop:Cart', args: ['Ada'] });
  });

  it('iterates over answers, and serves as a pool', async () => {
    const fake = new FakePython().whenCalled('m:items', (n) => Array(n).keys());
    const seen = [];
    for await (const item of fake.iterate('m:items', [2])) seen.push(item);
    for await (const item of fake.pool.iterate('m:items', [1])) seen.push(item);
    expect(seen).toEqual([0, 1, 0]);
    expect(await fake.pool.use((session) => session.call('m:items', [3]))).toBeDefined();
  });
});
