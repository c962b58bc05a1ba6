import type { Interpreter } from '../engine/engine.js';
import type { ExecutionId } from '../ids.js';
import type { InterruptCause } from '../observing/execution-event.js';
import { PatientTimeout } from '../patient-timeout.js';
import { lostThreadsClause } from './lost-threads.js';

/** Execution that can be interrupted. */
export interface Interruptible {
  readonly submission: { readonly id: ExecutionId };
  readonly parameters: {
    /** Milliseconds from the beginning to the interrupt; 0 for no timeout. */
    readonly timeout: number;
    /** Milliseconds from the first interrupt to the kill. */
    readonly interruptGrace: number;
    readonly observed: { interrupted(by: InterruptCause): void } | undefined;
  };
  /** Ends backpressure, so that the execution can end. */
  waitNoMore(): void;
}

/**
 * Interrupts an execution, on request or at its timeout, and kills its interpreter if it does not
 * stop.
 */
export class Interruption {
  private timer: PatientTimeout | undefined;
  private cause: InterruptCause | undefined;
  private isRunning = false;
  private isKillDue = false;

  constructor(private readonly execution: Interruptible) {}

  get isInterrupted(): boolean {
    return this.cause !== undefined;
  }

  /** Whether the timeout interrupted the execution. */
  get isTimeout(): boolean {
    return this.cause === 'timeout';
  }

  /** Whether the caller aborted the execution. */
  get isAbort(): boolean {
    return this.cause === 'abort';
  }

  /** Whether the stop of the service interrupted the execution. */
  get isShutdown(): boolean {
    return this.cause === 'shutdown';
  }

  /** The execution begins: its timeout, or the grace period of an interrupt ahead of its turn. */
  begin(interpreter: Interpreter): void {
    const { timeout } = this.execution.parameters;
    this.isRunning = true;
    if (this.cause) this.interruptRunning(interpreter);
    else if (timeout > 0) {
      this.timer = new PatientTimeout(() => this.interrupt(interpreter, 'timeout'), timeout);
    }
  }

  /** Each call interrupts again. The kill follows the first that finds the execution running. */
  interrupt(interpreter: Interpreter, by: InterruptCause): void {
    this.cause ??= by;
    this.execution.parameters.observed?.interrupted(by);
    if (this.isRunning) this.interruptRunning(interpreter);
    else interpreter.interrupt(this.execution.submission.id);
  }

  /** The execution has ended: cancels what is due. */
  end(): void {
    this.timer?.clear();
  }

  private interruptRunning(interpreter: Interpreter): void {
    const { submission, parameters } = this.execution;
    this.execution.waitNoMore();
    interpreter.interrupt(submission.id);
    if (this.isKillDue) return;
    this.isKillDue = true;
    this.timer?.clear();
    this.timer = new PatientTimeout(() => this.kill(interpreter), parameters.interruptGrace);
  }

  private kill(interpreter: Interpreter): void {
    const { timeout, interruptGrace } = this.execution.parameters;
    const ranTooLong = this.isTimeout ? `ran longer than the ${timeout} ms that it had, ` : '';
    const lacks = lostThreadsClause(interpreter.lostThreads);
    const reason = `it ${ranTooLong}did not stop within ${interruptGrace} ms of an interrupt and was killed${lacks}`;
    interpreter.kill({ cause: 'not-stopped', reason });
  }
}
