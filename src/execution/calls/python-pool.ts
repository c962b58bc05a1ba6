import type { CallOptions, ExecuteOptions, ExecutionResult } from '../execution.js';
import type { PythonSession } from '../sessions/python-session.js';
import type { NotIsolated } from './not-isolated.js';
import { type PythonModule, pythonModule } from './python-module.js';

type Names = Readonly<Record<string, unknown>>;

/** Exclusive use of a session until `giveBack()`. */
export interface Loan {
  readonly session: PythonSession;
  readonly giveBack: () => void;
}

/**
 * Pool of sessions for stateless work: each call uses a free session, or waits for one. `signal`
 * also aborts that wait.
 */
export abstract class PythonPool {
  /**
   * Waits for a free session and borrows it.
   *
   * @throws QueueFullError, ExecutionAbortedError, ShuttingDownError
   */
  protected abstract borrow(signal: AbortSignal | undefined): Promise<Loan>;

  /**
   * Lends a session exclusively to `work` until its promise settles, for steps that build on each
   * other.
   *
   * @throws whatever `work` throws; QueueFullError if too many borrowers wait,
   * ExecutionAbortedError, ShuttingDownError
   */
  async use<Result>(
    work: (session: PythonSession) => Promise<Result>,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Result> {
    const { session, giveBack } = await this.borrow(signal);
    try {
      return await work(session);
    } finally {
      giveBack();
    }
  }

  /** As `PythonInterpreterService.call()`. */
  async call<T = unknown>(
    target: string,
    args: readonly unknown[] = [],
    kwargs: Names = {},
    options: CallOptions = {},
  ): Promise<T> {
    return this.use((session) => session.call<T>(target, args, kwargs, options), options);
  }

  /** As `PythonInterpreterService.iterate()`. The session is lent until the end of the loop. */
  async *iterate<T = unknown>(
    target: string,
    args: readonly unknown[] = [],
    kwargs: Names = {},
    options: CallOptions & NotIsolated = {},
  ): AsyncGenerator<T, void, void> {
    const { session, giveBack } = await this.borrow(options.signal);
    try {
      yield* session.iterate<T>(target, args, kwargs, options);
    } finally {
      giveBack();
    }
  }

  /** As `PythonInterpreterService.module()`. */
  module<Module>(name: string, options?: CallOptions): PythonModule<Module> {
    return pythonModule(name, (target, args, kwargs) => this.call(target, args, kwargs, options));
  }

  /** As `PythonInterpreterService.evaluate()`. */
  async evaluate<T = unknown>(expression: string, options: CallOptions = {}): Promise<T> {
    return this.use((session) => session.evaluate<T>(expression, options), options);
  }

  /** As `PythonInterpreterService.execute()`. */
  async execute(code: string, options: ExecuteOptions = {}): Promise<ExecutionResult> {
    return this.use((session) => session.execute(code, options), options);
  }
}
