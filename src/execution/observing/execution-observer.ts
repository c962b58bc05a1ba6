import { AsyncLocalStorage } from 'node:async_hooks';
import { type Observable, Subject } from 'rxjs';
import type { ExecutionError } from '../../errors/call-errors.js';
import { ExecutionAbortedError, ShuttingDownError } from '../../errors/execution-errors.js';
import { FujianError } from '../../errors/fujian-error.js';
import { InterpreterDiedError, type Output } from '../../errors/interpreter-death.js';
import { unjoined } from '../joined-on-demand.js';
import { byteSizeOf } from '../long-text.js';
import type {
  ExecutionEvent,
  ExecutionOutcome,
  InterruptCause,
  ObservedFacts,
  OutputSize,
} from './execution-event.js';

const NO_OUTPUT: OutputSize = { stdout: 0, stderr: 0 };

/** Emits the events of one execution. Only the first end counts. */
export class ObservedExecution {
  private readonly submittedAt = performance.now();
  private begunAt: number | undefined;
  private interruptedBy: InterruptCause | undefined;
  private hasEnded = false;

  constructor(
    private readonly facts: ObservedFacts,
    private readonly tell: (event: ExecutionEvent) => void,
  ) {
    tell({ type: 'submitted', execution: facts });
  }

  begun(): void {
    this.begunAt = performance.now();
    this.tell({
      type: 'begun',
      execution: this.facts,
      waited: this.begunAt - this.submittedAt,
    });
  }

  /** Records an interrupt. Only the first counts. */
  interrupted(by: InterruptCause): void {
    if (this.interruptedBy) return;
    this.interruptedBy = by;
    this.tell({ type: 'interrupted', execution: this.facts, by });
  }

  ended(error: ExecutionError | undefined, output: OutputSize): void {
    this.end(this.outcomeOf(error), error?.type, output);
  }

  /** @param streamed output sent before the failure; by default, that of `error` counts. */
  failed(error: Error, streamed?: OutputSize): void {
    if (error instanceof InterpreterDiedError && error.started) {
      const output = streamed ?? sizeOf(error.partialOutput);
      this.end('died', error.death.cause, output);
    } else if (error instanceof ShuttingDownError && error.started) {
      this.end('interrupted', error.code, streamed ?? sizeOf(error.partialOutput));
    } else if (error instanceof ExecutionAbortedError) {
      this.end('aborted', undefined, NO_OUTPUT);
    } else {
      const reason = error instanceof FujianError ? error.code : error.name;
      this.end('refused', reason, NO_OUTPUT);
    }
  }

  private outcomeOf(error: ExecutionError | undefined): ExecutionOutcome {
    if (!error) return 'completed';
    if (this.interruptedBy === 'timeout' && error.type === 'ExecutionTimeoutError') {
      return 'timed-out';
    }
    return this.interruptedBy && error.type === 'KeyboardInterrupt' ? 'interrupted' : 'raised';
  }

  private end(outcome: ExecutionOutcome, reason: string | undefined, output: OutputSize): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    // The beginning goes unreported if the interpreter is ended at the same time.
    const isRun = outcome !== 'aborted' && outcome !== 'refused';
    if (isRun && this.begunAt === undefined) this.begun();
    const now = performance.now();
    const begunAt = this.begunAt ?? now;
    this.tell({
      type: 'ended',
      execution: this.facts,
      outcome,
      reason,
      waited: begunAt - this.submittedAt,
      ran: now - begunAt,
      output,
    });
  }
}

export function sizeOf(output: Output): OutputSize {
  return {
    stdout: byteSizeOf(unjoined(output, 'stdout')),
    stderr: byteSizeOf(unjoined(output, 'stderr')),
  };
}

/** Emits the events of all executions. Costs nothing without subscribers. */
export class ExecutionObserver {
  private readonly subject = new Subject<ExecutionEvent>();
  private last = 0;

  get events(): Observable<ExecutionEvent> {
    return this.subject;
  }

  /** Starts to observe an execution. Returns undefined without subscribers. */
  submitted(facts: Omit<ObservedFacts, 'id'>): ObservedExecution | undefined {
    if (!this.subject.observed) return undefined;
    // In the async context of the request, also where the event comes from a socket.
    const tell = AsyncLocalStorage.bind((event: ExecutionEvent) => this.subject.next(event));
    return new ObservedExecution({ id: (this.last += 1), ...facts }, tell);
  }

  complete(): void {
    this.subject.complete();
  }
}
