import { isWaitedForBy } from '../calls/waiting-python.js';
import {
  ExecutionAbortedError,
  QueueFullError,
  ReentrantCallError,
} from '../../errors/execution-errors.js';
import type { ExecuteOptions } from '../execution.js';
import type { ExecutionListener } from '../stream-events.js';
import { type ConnectionId, type ExecutionId, nextId, type SessionId } from '../ids.js';
import { DIRECT } from '../observing/execution-event.js';
import type { ExecutionObserver, ObservedExecution } from '../observing/execution-observer.js';
import type { EncodedValue } from '../values/encode-value.js';
import type { ExecutionQueue } from './execution-queue.js';
import type { InterpreterLifecycle } from './interpreter-lifecycle.js';
import { PendingExecution } from './pending-execution.js';
import type { SessionConnections } from './session-connections.js';
import { environmentRefusal } from './session-options.js';
import type { SessionSettings } from './session-settings.js';

/** Source of an execution, and the receivers of its events. */
export interface ExecutionListeners {
  /** Runs instead of code. */
  readonly operation?: EncodedValue;
  /** Connection that the request came over. */
  readonly connection?: ConnectionId;
  /** Receives the events of the execution as they happen. */
  readonly listener?: ExecutionListener;
  /** Default: the execution is observed as a new one. */
  readonly observed?: ObservedExecution | undefined;
}

/** Validates a request and builds its execution. */
export class ExecutionAdmission {
  private lastId = 0;

  constructor(
    private readonly session: { readonly id: SessionId },
    private readonly settings: SessionSettings,
    private readonly observer: ExecutionObserver,
    private readonly lifecycle: InterpreterLifecycle,
    private readonly queue: ExecutionQueue,
    private readonly connections: SessionConnections,
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
  refusal(code: string, { signal, filename = '', env = {} }: ExecuteOptions): Error | undefined {
    if (typeof code !== 'string' || typeof filename !== 'string') {
      return new TypeError('The code and its filename must be strings; nothing was run.');
    }
    if (this.lifecycle.isEnding) return this.lifecycle.ended;
    if (isWaitedForBy(this.session)) return new ReentrantCallError(this.session.id);
    if (this.queue.size >= this.settings.queueLimit) {
      return new QueueFullError(this.settings.queueLimit);
    }
    const unusable = environmentRefusal(env);
    if (unusable) return unusable;
    if (signal?.aborted) return new ExecutionAbortedError(signal.reason);
    return this.lifecycle.refusal;
  }

  pending(code: string, options: ExecuteOptions, listeners: ExecutionListeners): PendingExecution {
    const id = (this.lastId = nextId(this.lastId)) as ExecutionId;
    const { filename, timeout = this.settings.timeout, onInput, interactive, env } = options;
    const { listener, connection = listener && this.connections.newId(), observed } = listeners;
    return new PendingExecution(
      {
        id,
        code,
        operation: listeners.operation,
        filename,
        connection,
        ownsConnection: listener !== undefined,
        streams: listener !== undefined,
        answersInput: onInput !== undefined,
        isInteractive: interactive ?? false,
        env: env ?? {},
      },
      { timeout, onInput, listener, observed, outputLimit: this.settings.outputLimit },
    );
  }
}
