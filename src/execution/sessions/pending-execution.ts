import type { Submission } from '../engine/engine.js';
import type { ExecutionResult } from '../execution.js';

/** An execution that somebody waits for. */
export class PendingExecution {
  readonly result: Promise<ExecutionResult>;
  resolve!: (result: ExecutionResult) => void;
  reject!: (error: Error) => void;
  /** The session ends; if this has not begun by now, it is not to run. */
  isWithdrawn = false;

  constructor(
    readonly submission: Submission,
    /** Milliseconds; 0: none. */
    readonly timeout: number,
  ) {
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}
