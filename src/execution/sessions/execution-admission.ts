import { isWaitedForBy } from '../calls/waiting-python.js';
import { ExecutionOptionsError } from '../../errors/application-errors.js';
import {
  ExecutionAbortedError,
  QueueFullError,
  ReentrantCallError,
} from '../../errors/execution-errors.js';
import type { ExecuteOptions } from '../execution.js';
import { problemOfNumber } from '../number-options.js';
import type { SessionId } from '../ids.js';
import { DIRECT } from '../observing/execution-event.js';
import type { ExecutionObserver, ObservedExecution } from '../observing/execution-observer.js';
import type { ExecutionQueue } from './execution-queue.js';
import type { InterpreterLifecycle } from './interpreter-lifecycle.js';
import type { InterpreterState } from './interpreter-state.js';
import type { ExecutionListeners } from './session-executions.js';
import { environmentRefusal } from './session-options.js';
import type { SessionSettings } from './session-settings.js';

/** Validates requests to execute. */
export class ExecutionAdmission {
  constructor(
    private readonly session: { readonly id: SessionId },
    private readonly settings: SessionSettings,
    private readonly observer: ExecutionObserver,
    private readonly state: InterpreterState,
    private readonly lifecycle: InterpreterLifecycle,
    private readonly queue: ExecutionQueue,
  ) {}

  /**
   * Reports the request to subscribers, even if it is refused later. Returns undefined without
   * subscribers.
   */
  observed(
    { origin = DIRECT, isolated = false }: ExecuteOptions,
    { operation }: ExecutionListeners,
  ): ObservedExecution | undefined {
    return this.observer.submitted({
      session: this.session.id,
      origin,
      kind: operation ? 'call' : 'code',
      isIsolated: isolated,
    });
  }

  /** Returns the reason to refuse the request, or undefined to accept it. */
  refusal(code: string, options: ExecuteOptions): Error | undefined {
    const { signal, filename = '', env = {}, timeout } = options;
    if (typeof code !== 'string' || typeof filename !== 'string') {
      return new TypeError('The code and its filename must be strings; nothing was run.');
    }
    const problem = problemOfNumber('timeout', timeout);
    if (problem !== undefined) return new ExecutionOptionsError(problem);
    if (this.state.isEnding) return this.lifecycle.ended;
    if (isWaitedForBy(this.session)) return new ReentrantCallError(this.session.id);
    if (this.queue.size >= this.settings.queueLimit) {
      return new QueueFullError(this.settings.queueLimit);
    }
    const unusable = environmentRefusal(env);
    if (unusable) return unusable;
    if (signal?.aborted) return new ExecutionAbortedError(signal.reason);
    return this.lifecycle.refusal;
  }
}
