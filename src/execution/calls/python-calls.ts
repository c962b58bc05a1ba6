import type { CallOptions } from '../execution.js';
import type { NotIsolated } from './not-isolated.js';
import type { Operation } from './operation.js';
import { needName } from './argument-types.js';
import type { CallSession } from './call-session.js';
import { PythonHandle } from './python-handle.js';
import { type PythonModule, pythonModule } from './python-module.js';
import { iteratedInPresentContext } from './waiting-python.js';
import { heldBy, itemsOf, resultOf } from './results.js';

type Names = Readonly<Record<string, unknown>>;

/** Methods of sessions and of the service that exchange values with Python. */
export abstract class PythonCalls<Options extends CallOptions = CallOptions> {
  /**
   * Returns the session for a call with these options.
   *
   * @throws SessionNotFoundError
   */
  protected abstract callSessionOf(options: Options | undefined): CallSession;

  /**
   * Calls a Python function and returns its result as a JavaScript value; docs/values.md has the
   * conversions. An awaitable is awaited. Python can call functions among the arguments.
   *
   * @param target `package.module:function` or `package.module:Class.method`; `__main__:function`
   * is defined in the session.
   * @throws PythonError if the function raises, UnsupportedValueError for an argument that cannot
   * be converted, InvalidArgumentError for one of a wrong type, StaleHandleError for a handle whose object is gone, ReentrantCallError in a
   * function that Python waits for, and as `execute()`
   */
  async call<T = unknown>(
    target: string,
    args: readonly unknown[] = [],
    kwargs: Names = {},
    options?: Options,
  ): Promise<T> {
    return resultOf<T>(this.callSessionOf(options), calling(target, args, kwargs), options ?? {});
  }

  /**
   * Calls a function and yields the items of its result on demand: of a generator, an asynchronous
   * generator or any other iterable. The session is free between items. Leaving the loop early
   * closes the generator.
   *
   * @throws as `call()`, also PythonError if the generator raises
   */
  iterate<T = unknown>(
    target: string,
    args: readonly unknown[] = [],
    kwargs: Names = {},
    options?: Options & NotIsolated,
  ): AsyncGenerator<T, void, void> {
    return iteratedInPresentContext(this.items(calling(target, args, kwargs), options));
  }

  /**
   * Calls a function or a class and returns a handle of the result, which stays in Python.
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
   * Returns a handle of a module, imported if necessary, or of a name in it: `package.module`,
   * `package.module:name`.
   *
   * @throws as `call()`
   */
  async import(target: string, options?: Options & NotIsolated): Promise<PythonHandle> {
    return this.held({ op: 'find', target }, options);
  }

  /**
   * Returns a proxy of a Python module, whose functions are called like TypeScript's:
   * `module.f(1, keywords({ b: 2 }))`. `Module` is the type that `fujian types` writes:
   * `typeof import('./my-module.js')`. See docs/types.md.
   */
  module<Module>(name: string, options?: Options): PythonModule<Module> {
    return pythonModule(name, (target, args, kwargs) => this.call(target, args, kwargs, options));
  }

  /**
   * Evaluates an expression in the session's namespace.
   *
   * @throws as `call()`
   */
  async evaluate<T = unknown>(expression: string, options?: Options): Promise<T> {
    return resultOf<T>(this.callSessionOf(options), { op: 'evaluate', expression }, options ?? {});
  }

  /**
   * Returns the value of a name in the session's namespace.
   *
   * @throws as `call()`
   */
  async get<T = unknown>(name: string, options?: Options): Promise<T> {
    const operation: Operation = { op: 'find', target: `__main__:${needName('The name', name)}` };
    return resultOf<T>(this.callSessionOf(options), operation, options ?? {});
  }

  /**
   * Sets names in the session's namespace.
   *
   * @throws as `call()`
   */
  async set(names: Names, options?: Options): Promise<void> {
    await resultOf(this.callSessionOf(options), { op: 'set', names }, options ?? {});
  }

  private async *items<T>(
    operation: Operation,
    options: Options | undefined,
  ): AsyncGenerator<T, void, void> {
    yield* itemsOf<T>(this.callSessionOf(options), operation, options ?? {});
  }

  private async held(operation: Operation, options: Options | undefined): Promise<PythonHandle> {
    const callSession = this.callSessionOf(options);
    return new PythonHandle(await heldBy(callSession, operation, options ?? {}), callSession);
  }
}

function calling(target: string, args: readonly unknown[], kwargs: Names): Operation {
  return { op: 'call', target, args, kwargs };
}
