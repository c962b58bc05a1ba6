import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { PythonInterpreterService } from '../../execution/python-interpreter.service.js';
import { corkForTurn } from '../../streams/cork-for-turn.js';
import { CodeRaisedException } from './code-raised.exception.js';
import { FujianController } from './fujian.controller.js';

const NOTHING = { stdout: '', stderr: '', return: '' };
const ERROR = { type: 'ValueError', value: '', traceback: 'ValueError' };

describe('the reply over HTTP to code that pushes', () => {
  it.each([
    ['ends', { ...NOTHING }, undefined],
    ['raises', { ...NOTHING, error: ERROR }, CodeRaisedException],
  ])('comes when the pushed messages have left, if the code %s', async (_, result, raised) => {
    const socket = new PassThrough();
    const python = {
      connections: 1,
      execute: async () => {
        await Promise.resolve();
        corkForTurn(socket);
        return result;
      },
    } as Partial<PythonInterpreterService> as PythonInterpreterService;

    const replied = new FujianController(python).exec('', false, 'id');
    await replied.catch((error: unknown) => expect(error).toBeInstanceOf(raised));
    expect(socket.writableCorked).toBe(0);
  });
});
