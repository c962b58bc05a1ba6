import { describe, expect, it, vi } from 'vitest';
import { PythonError } from './errors/call-errors.js';
import { FujianError, UnavailableError } from './errors/fujian-error.js';
import { QueueFullError, ShuttingDownError } from './errors/execution-errors.js';
import { keywords, Keywords } from './execution/calls/keywords.js';
import { pythonModule } from './execution/calls/python-module.js';
import { encodeMembers } from './execution/values/encode-value.js';
import * as values from './execution/values/python-values.js';
import { answerToFujianError } from './http/error.filter.js';

/** Imports modules again, as another copy of this package has them. */
async function another<Modules>(load: () => Promise<Modules>): Promise<Modules> {
  vi.resetModules();
  return load();
}

describe('two copies of this package', () => {
  it("recognise each other's errors, and tell them apart", async () => {
    const others = await another(() => import('./errors/execution-errors.js'));
    const full = new others.QueueFullError(3);
    expect(full.constructor).not.toBe(QueueFullError);
    for (const known of [QueueFullError, UnavailableError, FujianError, Error]) {
      expect(full instanceof known).toBe(true);
    }
    expect(full instanceof ShuttingDownError).toBe(false);
    expect(full instanceof PythonError).toBe(false);
    expect(answerToFujianError(full)).toMatchObject({ status: 503 });
  });

  it('take no errors of others for their own', () => {
    class QueueFullError extends Error {}
    for (const other of [new QueueFullError(), { name: 'FujianError' }, null, undefined, 'x']) {
      expect(other instanceof FujianError).toBe(false);
    }
  });

  it("accept each other's values, and tell them apart", async () => {
    const others = await another(() => import('./execution/values/python-values.js'));
    const encoded = (from: typeof values) =>
      encodeMembers({
        all: [
          new from.Decimal('0.10'),
          new from.Uuid('8f1f7fb6-9b5c-4b0e-8f73-0d5c7d7c2a00'),
          new from.PlainDate('2026-11-30'),
          new from.Duration(5),
          new from.NdArray(new Float64Array(4), [2, 2]),
          new from.DataFrame({ a: [1, 2] }),
        ],
      }).head;
    expect(encoded(others)).toBe(encoded(values));
    expect(new others.Decimal('1') instanceof values.Uuid).toBe(false);
    expect(Object.keys(new others.Decimal('1'))).toEqual(['value']);
  });

  it("accept each other's keywords", async () => {
    const others = await another(() => import('./execution/calls/keywords.js'));
    const calls: unknown[] = [];
    const module = pythonModule<{ f(...args: unknown[]): Promise<unknown> }>('m', async (...call) =>
      calls.push(call),
    );
    await module.f(1, others.keywords({ by: 2 }));
    expect(calls).toEqual([['m:f', [1], { by: 2 }]]);
    expect(others.keywords({}) instanceof Keywords).toBe(true);
    expect(keywords({}) instanceof others.Keywords).toBe(true);
  });

  it('leave subclasses to themselves', () => {
    class Money extends values.Decimal {}
    class Lost extends FujianError {
      readonly code = 'FUJIAN_LOST';
    }
    expect(new Money('1') instanceof Money).toBe(true);
    expect(new Money('1') instanceof values.Decimal).toBe(true);
    expect(new values.Decimal('1') instanceof Money).toBe(false);
    expect(new QueueFullError(1) instanceof Lost).toBe(false);
  });
});
