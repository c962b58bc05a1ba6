import type { CallOptions, ExecuteOptions, ExecutionResult } from '../execution.js';
import type { PythonSession } from '../sessions/python-session.js';
import { type LendableSession, LentSession } from './lent-session.js';
import type { NotIsolated } from './not-isolated.js';
import { iteratedInPresentContext } from './waiting-python.js';
import { type PythonModule, pythonModule } from './python-module.js';

type Names = Readonly<Record<string, unknown>>;

/** Exclusive use of a session until `giveBack()`. */
export interface Loan {
  readonly session: LendableSession;
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
   * other. Afterwards the session refuses all requests with a `SessionReturnedError`.
   *
   * @throws whatever `work` throws; QueueFullError if too many borrowers wait,
   * ExecutionAbortedError, ShuttingDownError
   */
  async use<Result>(
    work: (session: PythonSession) => Promise<Result>,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Result> {
    return this.borrowed(async (session) => {
      const lent = new LentSession(session);
      try {
        return await work(lent);
      } finally {
        lent.end();
      }
    }, signal);
  }

  /** As `PythonInterpreterService.call()`. */
  async call<T = unknown>(
    target: string,
    args: readonly unknown[] = [],
    kwargs: Names = {},
    options: CallOptions = {},
  ): Promise<T> {
    return this.borrowed(
      (session) => session.call<T>(target, args, kwargs, options),
      options.signal,
    );
  }

  /** As `PythonInterpreterService.iterate()`. The session is lent until the end of the loop. */
  iterate<T = unknown>(
    target: string,
    args: readonly unknown[] = [],
    kwargs: Names = {},
    options: CallOptions & NotIsolated = {},
  ): AsyncGenerator<T, void, void> {
    return iteratedInPresentContext(this.items(target, args, kwargs, options));
  }

  private async *items<T>(
    target: string,
    args: readonly unknown[],
    kwargs: Names,
    options: CallOptions & NotIsolated,
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
    return this.borrowed((session) => session.evaluate<T>(expression, options), options.signal);
  }

  /** As `PythonInterpreterService.execute()`. */
  async execute(code: string, options: ExecuteOptions = {}): Promise<ExecutionResult> {
    return this.borrowed((session) => session.execute(code, options), options.signal);
  }

  private async borrowed<Result>(
    work: (session: LendableSession) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const { session, giveBack } = await this.borrow(signal);
    try {
      return await work(session);
    } finally {
      giveBack();
    }
  }
}
