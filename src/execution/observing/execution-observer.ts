import { type Observable, Subject } from 'rxjs';
import type { ExecutionEvent, ObservedFacts } from './execution-event.js';
import { ObservedExecution } from './observed-execution.js';

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
    return new ObservedExecution({ id: (this.last += 1), ...facts }, (event) =>
      this.subject.next(event),
    );
  }

  complete(): void {
    this.subject.complete();
  }
}
