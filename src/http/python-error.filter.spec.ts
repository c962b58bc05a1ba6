import { type ArgumentsHost, Logger } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { lastValueFrom } from 'rxjs';
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

  it('fails the Observable of a microservice', async () => {
    const filter = new PythonErrorFilter({} as HttpAdapterHost);
    const host = { getType: () => 'rpc' } as ArgumentsHost;
    await expect(lastValueFrom(filter.catch(raised, host)!)).rejects.toEqual({
      status: 'error',
      statusCode: 500,
      code: 'FUJIAN_PYTHON_ERROR',
      message: 'Python failed; the log of the server says why.',
    });
    expect(logged).toEqual(['Traceback …']);
  });

  it.each(['ws', 'socket.io'])('sends an exception event to a client of %s', (library) => {
    const sent: unknown[] = [];
    const client = {
      ...(library === 'ws' && { readyState: 1 }),
      send: (message: string) => sent.push(JSON.parse(message)),
      emit: (event: string, data: unknown) => sent.push({ event, data }),
    };
    const ws = { getClient: () => client, getPattern: () => 'sqrt', getData: () => -1 };
    const host = { getType: () => 'ws', switchToWs: () => ws } as unknown as ArgumentsHost;
    const error = new SessionNotFoundError('a');
    new PythonErrorFilter({} as HttpAdapterHost).catch(error, host);
    const { code, message } = error;
    const cause = { pattern: 'sqrt', data: -1 };
    const data = { status: 'error', statusCode: 404, code, message, cause };
    expect(sent).toEqual([{ event: 'exception', data }]);
  });

  it('rethrows errors elsewhere, as for GraphQL', () => {
    expect(() => answered(raised, 'graphql')).toThrow(raised);
  });
});
