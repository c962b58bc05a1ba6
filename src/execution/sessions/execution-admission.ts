import { isWaitedForBy } from '../calls/waiting-python.js';
import { ExecutionOptionsError } from '../../errors/application-errors.js';
import { InvalidArgumentError } from '../../errors/call-errors.js';
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
    if (typeof code !== 'string') return new InvalidArgumentError('The code', 'a string', code);
    const { signal, env } = options;
    const unusable =
      invalidOption(options) ?? (env === undefined ? undefined : environmentRefusal(env));
    if (unusable) return unusable;
    if (this.state.isEnding) return this.lifecycle.ended;
    if (isWaitedForBy(this.session)) return new ReentrantCallError(this.session.id);
    if (this.queue.size >= this.settings.queueLimit) {
      return new QueueFullError(this.settings.queueLimit);
    }
    if (signal?.aborted) return new ExecutionAbortedError(signal.reason);
    return this.lifecycle.refusal;
  }
}

/** Returns an error that names the first option of a wrong type, or undefined if all are right. */
function invalidOption(options: ExecuteOptions): Error | undefined {
  const { filename, timeout, signal, onInput } = options;
  if (filename !== undefined && typeof filename !== 'string') {
    return new InvalidArgumentError('The option filename', 'a string', filename);
  }
  const problem = problemOfNumber('timeout', timeout);
  if (problem !== undefined) return new ExecutionOptionsError(problem);
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    return new InvalidArgumentError('The option signal', 'an AbortSignal', signal);
  }
  if (onInput !== undefined && typeof onInput !== 'function') {
    return new InvalidArgumentError('The option onInput', 'a function', onInput);
  }
  return undefined;
}
