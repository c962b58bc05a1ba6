import type { CallOptions } from '../execution.js';
import { HeldObject } from './held-object.js';
import type { NotIsolated } from './not-isolated.js';
import type { Operation } from './operation.js';
import { iteratedInPresentContext } from './waiting-python.js';
import { heldBy, itemsOf, resultOf } from './results.js';

type Names = Readonly<Record<string, unknown>>;

/**
 * Handle of an object that stays in Python. As an argument in its session, or in a fork of it, it
 * becomes that object.
 *
 * All methods throw `StaleHandleError` if the object is gone, and as
 * `PythonInterpreterService.call()`.
 */
export class PythonHandle extends HeldObject {
  /** Calls a method, or the callable at a path such as `a.b`. */
  async call<T = unknown>(
    method: string,
    args: readonly unknown[] = [],
    kwargs: Names = {},
    options: CallOptions = {},
  ): Promise<T> {
    return resultOf<T>(this.owner, this.calling(method, args, kwargs), options);
  }

  /**
   * Calls a method and yields the items of its result: see `PythonInterpreterService.iterate()`.
   */
  iterate<T = unknown>(
    method: string,
    args: readonly unknown[] = [],
    kwargs: Names = {},
    options: CallOptions & NotIsolated = {},
  ): AsyncGenerator<T, void, void> {
    const items = itemsOf<T>(this.owner, this.calling(method, args, kwargs), options);
    return iteratedInPresentContext(items);
  }

  /** Calls a method and returns a handle of the result. */
  async hold(
    method: string,
    args: readonly unknown[] = [],
    kwargs: Names = {},
    options: CallOptions & NotIsolated = {},
  ): Promise<PythonHandle> {
    return this.held(this.calling(method, args, kwargs), options);
  }

  /** Returns a handle of an attribute, or of the object at a path such as `a.b`. */
  async import(attribute: string, options: CallOptions & NotIsolated = {}): Promise<PythonHandle> {
    return this.held(this.finding(attribute), options);
  }

  /** Returns the value of an attribute, or of the object at a path such as `a.b`. */
  async get<T = unknown>(attribute: string, options: CallOptions = {}): Promise<T> {
    return resultOf<T>(this.owner, this.finding(attribute), options);
  }

  /** Returns the value of the object itself. */
  async value<T = unknown>(options: CallOptions = {}): Promise<T> {
    return resultOf<T>(this.owner, this.finding(''), options);
  }

  /** Sets attributes. */
  async set(names: Names, options: CallOptions = {}): Promise<void> {
    await resultOf(this.owner, { op: 'set', names, of: this }, options);
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
