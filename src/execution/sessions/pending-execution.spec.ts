import { describe, expect, it } from 'vitest';
import { type Death, InterpreterDiedError } from '../../errors/interpreter-death.js';
import type { InputHandler } from '../execution.js';
import type { StreamEvent, ExecutionListener } from '../stream-events.js';
import type { ExecutionId } from '../ids.js';
import { PendingExecution } from './pending-execution.js';

const RESULT = { stdout: '', stderr: '', return: 'r' };

function newExecution(listener?: ExecutionListener, onInput?: InputHandler): PendingExecution {
  return new PendingExecution(
    {
      id: 1 as ExecutionId,
      code: '',
      operation: undefined,
      filename: undefined,
      connection: undefined,
      ownsConnection: false,
      streams: listener !== undefined,
      answersInput: onInput !== undefined,
      isInteractive: false,
      env: {},
    },
    {
      timeout: 0,
      interruptGrace: 1_000,
      listener,
      onInput,
      observed: undefined,
      outputLimit: 1_000,
    },
    { abort: (execution) => execution.waitNoMore() },
  );
}

/** Creates an execution whose listener records events, as slowly as the test wants. */
function streaming() {
  const events: StreamEvent[] = [];
  const slow = { ready: undefined as Promise<void> | undefined };
  const execution = newExecution((event) => {
    events.push(event);
    return slow.ready;
  });
  return { execution, events, slow };
}

function later() {
  let settle!: { resolve: () => void; reject: (error: Error) => void };
  const promise = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
}

async function isSettled(promise: Promise<unknown> | undefined): Promise<boolean> {
  let settled = false;
  void promise?.then(() => (settled = true));
  await new Promise(setImmediate);
  return settled;
}

const NO_OUTPUT = { stdout: '', stderr: '' };

describe('PendingExecution', () => {
  it('settles once, and ignores later ends', async () => {
    const execution = newExecution();
    execution.end(RESULT);
    execution.fail(new Error('too late'));
    await expect(execution.result).resolves.toEqual(RESULT);
  });

  it('emits its output, then its result, then done', () => {
    const { execution, events } = streaming();
    expect(execution.printed('stdout', Buffer.from('out'))).toBeUndefined();
    void execution.printed('stderr', Buffer.from([0xc3]));
    execution.end(RESULT);
    expect(events).toEqual([
      { type: 'stdout', text: 'out' },
      { type: 'stderr', text: '\\xc3' },
      { type: 'result', return: 'r' },
      { type: 'done' },
    ]);
  });

  it('emits an error instead of a result if the code raises', () => {
    const { execution, events } = streaming();
    const error = { type: 'E', value: '', traceback: '' };
    execution.end({ ...RESULT, error });
    expect(events).toEqual([{ type: 'error', error }, { type: 'done' }]);
  });

  it('emits no end when it fails', async () => {
    const { execution, events } = streaming();
    execution.fail(new InterpreterDiedError({ reason: 'r' } as Death, true, NO_OUTPUT));
    expect(events).toEqual([]);
    await expect(execution.result).rejects.toThrow(InterpreterDiedError);
  });

  it('applies backpressure until its listener is ready', async () => {
    const { execution, slow } = streaming();
    const { promise, resolve } = later();
    slow.ready = promise;
    const held = execution.printed('stdout', Buffer.from('a'));
    expect(await isSettled(held)).toBe(false);
    resolve();
    expect(await isSettled(held)).toBe(true);
  });

  it('goes on when its listener rejects', async () => {
    const { execution, slow } = streaming();
    const { promise, reject } = later();
    slow.ready = promise;
    const held = execution.printed('stdout', Buffer.from('a'));
    reject(new Error('of the listener'));
    expect(await isSettled(held)).toBe(true);
  });

  it('fails with what its listener throws first', async () => {
    const execution = newExecution(() => {
      throw new Error('of the listener');
    });
    expect(execution.printed('stdout', Buffer.from('a'))).toBeUndefined();
    execution.end(RESULT);
    await expect(execution.result).rejects.toThrow('of the listener');
  });

  it('ends backpressure when it has to end', async () => {
    const { execution, slow } = streaming();
    slow.ready = later().promise;
    const held = execution.printed('stdout', Buffer.from('a'));
    execution.waitNoMore();
    expect(await isSettled(held)).toBe(true);
  });

  it('then drops the output that its listener misses, and reports how much', () => {
    const { execution, events, slow } = streaming();
    slow.ready = later().promise;
    void execution.printed('stdout', Buffer.from('read'));
    execution.waitNoMore();
    expect(execution.printed('stdout', Buffer.from('12345'))).toBeUndefined();
    execution.end(RESULT);
    expect(events.slice(0, -2)).toEqual([
      { type: 'stdout', text: 'read' },
      {
        type: 'stderr',
        text: '\n[fujian: 5 bytes of output were dropped: the client had not read them when the code was interrupted]\n',
      },
    ]);
  });

  it('drops no output if its listener keeps up', async () => {
    const { execution, events, slow } = streaming();
    const { promise, resolve } = later();
    slow.ready = promise;
    void execution.printed('stdout', Buffer.from('a'));
    execution.waitNoMore();
    resolve();
    await new Promise(setImmediate);
    slow.ready = undefined;
    void execution.printed('stdout', Buffer.from('b'));
    expect(events.map((event) => 'text' in event && event.text)).toEqual(['a', 'b']);
  });

  describe('with an input request', () => {
    const question = { request: 1, prompt: '> ', isPassword: true };
    const answer = (onInput?: InputHandler) => newExecution(undefined, onInput).answer(question);

    it('passes the question to onInput, and the line back', async () => {
      const line = answer((request) => JSON.stringify(request));
      await expect(line).resolves.toEqual({
        kind: 'line',
        line: '{"prompt":"> ","isPassword":true}',
      });
    });

    it('ends the input without a line, or without an onInput', async () => {
      await expect(answer(() => undefined)).resolves.toEqual({ kind: 'end' });
      await expect(answer()).resolves.toEqual({ kind: 'end' });
    });

    it('reports a thrown value that has no text', async () => {
      const thrown: unknown = Object.create(null);
      await expect(
        answer(() => {
          throw thrown;
        }),
      ).resolves.toEqual({ kind: 'failed', reason: 'a value that cannot be converted to text' });
    });

    it('reports why onInput failed', async () => {
      const failing = answer(() => Promise.reject(new Error('no terminal')));
      await expect(failing).resolves.toEqual({ kind: 'failed', reason: 'no terminal' });
    });

    it('refuses values that are not strings', async () => {
      const number = answer((() => 5) as unknown as InputHandler);
      await expect(number).resolves.toEqual({
        kind: 'failed',
        reason: 'onInput returned a number instead of a string',
      });
    });
  });
});
