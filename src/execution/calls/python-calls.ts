import type { CallOptions } from '../execution.js';
import type { NotIsolated } from './not-isolated.js';
import type { Operation } from './operation.js';
import type { CallSession } from './call-session.js';
import { PythonHandle } from './python-handle.js';
import { type PythonModule, pythonModule } from './python-module.js';
import { heldBy, itemsOf, resultOf } from './results.js';

type Names = Readonly<Record<string, unknown>>;

/** Values instead of text: what sessions, and the service for its sessions, offer beside `execute()`. */
export abstract class PythonCalls<Options extends CallOptions = CallOptions> {
  /** @throws SessionNotFoundError */
  protected abstract performerOf(options: Options | undefined): CallSession;

  /**
   * Calls a function of Python, and answers what it returns as a value of JavaScript; docs/values.md says which
   * becomes which. What can be awaited is. Functions among the arguments can be called from Python.
   *
   * @param target `package.module:function`, behind the colon also `Class.method`; `__main__:function` is one of
   * the session's own.
   * @throws PythonError if it raises, UnsupportedValueError for an argument that Python has no form for,
   * StaleHandleError for a handle of what is gone, ReentrantCallError in a function that Python waits for, and
   * what `execute()` throws
   */
  async call<T = unknown>(
    target: string,
    args: readonly unknown[] = [],
    kwargs: Names = {},
    options?: Options,
  ): Promise<T> {
    return resultOf<T>(this.performerOf(options), calling(target, args, kwargs), options ?? {});
  }

  /**
   * Calls a function, and gives the items of what it returns, when they are asked for: a generator, also an
   * asynchronous one, or anything else that Python can iterate over. Between the items the session is free. Leaving
   * the loop early closes the generator.
   *
   * @throws as `call()`; what the generator raises reaches the loop
   */
  async *iterate<T = unknown>(
    target: string,
    args: readonly unknown[] = [],
    kwargs: Names = {},
    options?: Options & NotIsolated,
  ): AsyncGenerator<T, void, void> {
    yield* itemsOf<T>(this.performerOf(options), calling(target, args, kwargs), options ?? {});
  }

  /**
   * Calls a function or a class, and answers a handle of what it returns, which stays in Python.
   *
   * @throws as `call()`
   */
  async hold(
    target: string,
    args: readonly unknown[] = [],
    kwargs: Names = {},
    options?: Options & NotIsolated,
  ): Promise<PythonHandle> {
    return this.held(calling(target, args, kwargs), options);
  }

  /**
   * A handle of a module, which is imported if need be, or of what it has: `package.module`, `package.module:name`.
   *
   * @throws as `call()`
   */
  async import(target: string, options?: Options & NotIsolated): Promise<PythonHandle> {
    return this.held({ op: 'find', target }, options);
  }

  /**
   * A Python module whose functions are called as if they were of TypeScript: `module.f(1, keywords({ b: 2 }))`.
   * `Module` is the type of what `fujian types` writes: `typeof import('./my-module.js')`. docs/types.md
   */
  module<Module>(name: string, options?: Options): PythonModule<Module> {
    return pythonModule(name, (target, args, kwargs) => this.call(target, args, kwargs, options));
  }

  /**
   * The value of an expression in the session's namespace.
   *
   * @throws as `call()`
   */
  async evaluate<T = unknown>(expression: string, options?: Options): Promise<T> {
    return resultOf<T>(this.performerOf(options), { op: 'evaluate', expression }, options ?? {});
  }

  /**
   * The value of a name of the session's namespace.
   *
   * @throws as `call()`
   */
  async get<T = unknown>(name: string, options?: Options): Promise<T> {
    const operation: Operation = { op: 'find', target: `__main__:${name}` };
    return resultOf<T>(this.performerOf(options), operation, options ?? {});
  }

  /**
   * Gives names of the session's namespace values.
   *
   * @throws as `call()`
   */
  async set(names: Names, options?: Options): Promise<void> {
    await resultOf(this.performerOf(options), { op: 'set', names }, options ?? {});
  }

  private async held(operation: Operation, options: Options | undefined): Promise<PythonHandle> {
    const callSession = this.performerOf(options);
    return new PythonHandle(await heldBy(callSession, operation, options ?? {}), callSession);
  }
}

function calling(target: string, args: readonly unknown[], kwargs: Names): Operation {
  return { op: 'call', target, args, kwargs };
}
