import { type ArgumentsHost, Logger } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PythonError } from '../errors/call-errors.js';
import { ShuttingDownError } from '../errors/execution-errors.js';
import type { FujianError } from '../errors/fujian-error.js';
import {
  SessionBusyError,
  SessionExistsError,
  SessionNotFoundError,
  SessionPermanentError,
  TooManySessionsError,
} from '../errors/session-errors.js';
import { PythonErrorFilter } from './python-error.filter.js';

const raised = new PythonError({
  type: 'KeyError',
  value: "'secret'",
  traceback: 'Traceback …',
});
let logged: unknown[];

beforeEach(() => {
  logged = [];
  vi.spyOn(Logger.prototype, 'error').mockImplementation((message: unknown) => {
    logged.push(message);
  });
});
afterEach(() => void vi.restoreAllMocks());

/** Runs the filter and returns its actions, in order. */
function answered(thrown: FujianError, type = 'http', isHeadersSent = false): unknown[] {
  const done: unknown[] = [];
  const httpAdapter = {
    isHeadersSent: () => isHeadersSent,
    end: () => done.push('end'),
    setHeader: (_: unknown, name: string, value: string) => done.push(`${name}: ${value}`),
    reply: (_: unknown, body: unknown, status: number) => done.push(status, body),
  };
  const host = { getType: () => type, switchToHttp: () => ({ getResponse: () => ({}) }) };
  const filter = new PythonErrorFilter({ httpAdapter } as unknown as HttpAdapterHost);
  filter.catch(thrown, host as unknown as ArgumentsHost);
  return done;
}

describe('PythonErrorFilter', () => {
  it.each([
    [new SessionNotFoundError('a'), 404],
    [new SessionBusyError('a', 'busy'), 409],
    [new SessionExistsError('a'), 409],
    [new SessionPermanentError('a'), 409],
  ])('answers $name with its message and %i', (error, statusCode) => {
    const { code, message } = error;
    expect(answered(error)).toEqual([statusCode, { statusCode, code, message }]);
    expect(logged).toEqual([]);
  });

  it.each([new ShuttingDownError(), new TooManySessionsError(3)])(
    'answers $name with a Retry-After',
    (error) => {
      expect(answered(error)).toMatchObject(['Retry-After: 1', 503, { code: error.code }]);
      expect(logged).toEqual([]);
    },
  );

  it('logs what Python raised, and hides it from the client', () => {
    const [status, body] = answered(raised);
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(logged).toEqual(['Traceback …']);
  });

  it('ends a response that has begun', () => {
    expect(answered(raised, 'http', true)).toEqual(['end']);
  });

  it('rethrows errors outside HTTP', () => {
    expect(() => answered(raised, 'ws')).toThrow(raised);
  });
});
