import type { CallOptions } from '../execution.js';
import { HeldObject } from './held-object.js';
import type { NotIsolated } from './not-isolated.js';
import type { Operation } from './operation.js';
import { heldBy, itemsOf, resultOf } from './results.js';

type Names = Readonly<Record<string, unknown>>;

/**
 * An object that stays in Python. As an argument of a call, in its session or a fork of it, it is that object.
 *
 * All methods throw `StaleHandleError` when the object is gone, and what `PythonInterpreterService.call()` throws.
 */
export class PythonHandle extends HeldObject {
  /** Calls a method, or what a path such as `a.b` leads to. */
  async call<T = unknown>(
    method: string,
    args: readonly unknown[] = [],
    kwargs: Names = {},
    options: CallOptions = {},
  ): Promise<T> {
    return resultOf<T>(this.owner, this.calling(method, args, kwargs), options);
  }

  /** Calls a method, and gives the items of what it returns: see `PythonInterpreterService.iterate()`. */
  iterate<T = unknown>(
    method: string,
    args: readonly unknown[] = [],
    kwargs: Names = {},
    options: CallOptions & NotIsolated = {},
  ): AsyncGenerator<T, void, void> {
    return itemsOf<T>(this.owner, this.calling(method, args, kwargs), options);
  }

  /** Calls a method, and answers a handle of what it returns. */
  async hold(
    method: string,
    args: readonly unknown[] = [],
    kwargs: Names = {},
    options: CallOptions & NotIsolated = {},
  ): Promise<PythonHandle> {
    return this.held(this.calling(method, args, kwargs), options);
  }

  /** A handle of an attribute, or of what a path such as `a.b` leads to. */
  async import(attribute: string, options: CallOptions & NotIsolated = {}): Promise<PythonHandle> {
    return this.held(this.finding(attribute), options);
  }

  /** The value of an attribute, or of what a path such as `a.b` leads to. */
  async get<T = unknown>(attribute: string, options: CallOptions = {}): Promise<T> {
    return resultOf<T>(this.owner, this.finding(attribute), options);
  }

  /** The value of the object itself. */
  async value<T = unknown>(options: CallOptions = {}): Promise<T> {
    return resultOf<T>(this.owner, this.finding(''), options);
  }

  /** Gives attributes values. */
  async set(attributes: Names, options: CallOptions = {}): Promise<void> {
    await resultOf(this.owner, { op: 'set', names: attributes, of: this }, options);
  }

  private calling(target: string, args: readonly unknown[], kwargs: Names): Operation {
    return { op: 'call', target, of: this, args, kwargs };
  }

  private finding(target: string): Operation {
    return { op: 'find', target, of: this };
  }

  private async held(
    operation: Operation,
    options: CallOptions & NotIsolated,
  ): Promise<PythonHandle> {
    const { owner } = this;
    return new PythonHandle(await heldBy(owner, operation, options), owner);
  }
}
