import { type Observable, Subject } from 'rxjs';
import type { ExecutionOccurrence, ObservedFacts } from './execution-occurrence.js';
import { ObservedExecution } from './observed-execution.js';

/** Tells whoever wants to know of all executions. While nobody does, it costs nothing. */
export class ExecutionObserver {
  private readonly occurrences = new Subject<ExecutionOccurrence>();
  private last = 0;

  get events(): Observable<ExecutionOccurrence> {
    return this.occurrences;
  }

  /** Undefined: nobody wants to know. */
  submitted(facts: Omit<ObservedFacts, 'id'>): ObservedExecution | undefined {
    if (!this.occurrences.observed) return undefined;
    return new ObservedExecution({ id: (this.last += 1), ...facts }, (occurrence) =>
      this.occurrences.next(occurrence),
    );
  }

  complete(): void {
    this.occurrences.complete();
  }
}
