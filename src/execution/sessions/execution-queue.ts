import type { Interpreter } from '../engine/engine.js';
import { ExecutionAbortedError } from '../../errors/execution-errors.js';
import { InterpreterStartError } from '../../errors/start-errors.js';
import type { ExecutionId } from '../ids.js';
import { PendingExecution } from './pending-execution.js';

/**
 * Task other than an execution that waits for its turn: a fork, or the release of a kept object.
 */
export interface Turn {
  begin(interpreter: Interpreter): void;
  fail(error: Error): void;
}

export type Waiting = PendingExecution | Turn;

export interface QueueHooks {
  /** The first execution handed over begins, as far as Node knows. */
  begins(execution: PendingExecution): void;
}

/**
 * Executions that the interpreter is given ahead of their turn, so that it need not wait for Node
 * between two of them.
 */
const HANDED_OVER_AT_MOST = 16;

/** FIFO queue of a session's executions, which run one at a time. */
export class ExecutionQueue {
  private readonly waiting: Waiting[] = [];
  /** Waiting turns that do not count towards the size. */
  private uncounted = 0;
  /** Executions that the interpreter has, in order; it runs the first. */
  private readonly handedOver: PendingExecution[] = [];

  constructor(private readonly hooks: QueueHooks) {}

  /** Executions and forks that have not ended. */
  get size(): number {
    return this.waiting.length - this.uncounted + this.handedOver.length;
  }

  /** Whether the interpreter has something to run. */
  get isRunning(): boolean {
    return this.handedOver.length > 0;
  }

  add(waiting: Waiting): void {
    this.waiting.push(waiting);
  }

  /**
   * Adds a turn that has no caller: it does not count towards the size, and is dropped if it fails.
   */
  addUncounted(begin: Turn['begin']): void {
    this.uncounted += 1;
    const isOver = (): void => void (this.uncounted -= 1);
    this.add({
      begin: (interpreter) => {
        isOver();
        begin(interpreter);
      },
      fail: isOver,
    });
  }

  /** Finds an execution that was handed over. */
  find(isIt: (execution: PendingExecution) => boolean): PendingExecution | undefined {
    return this.handedOver.find(isIt);
  }

  /**
   * Returns the running execution.
   *
   * @throws Error if its id is another
   */
  first(id: ExecutionId): PendingExecution {
    const execution = this.handedOver[0];
    if (execution?.submission.id !== id) throw new Error(`Execution ${id} is out of turn.`);
    return execution;
  }

  /** Hands over as many waiting executions as the interpreter may have. */
  handOver(interpreter: Interpreter): void {
    while (this.waiting.length > 0 && this.handedOver.length < HANDED_OVER_AT_MOST) {
      const next = this.waiting.shift()!;
      if (next instanceof PendingExecution) this.submit(next, interpreter);
      else next.begin(interpreter);
    }
  }

  /** Hands over an execution ahead of the waiting ones. */
  submit(execution: PendingExecution, interpreter: Interpreter): void {
    this.handedOver.push(execution);
    interpreter.submit(execution.submission);
    if (this.handedOver.length === 1) this.beginNext(interpreter);
  }

  /** Marks the first execution handed over as running. */
  beginNext(interpreter: Interpreter): void {
    const next = this.handedOver[0];
    if (!next) return;
    this.hooks.begins(next);
    next.interruption.begin(interpreter);
  }

  /** Removes the running execution. */
  endFirst(): void {
    this.handedOver.shift()?.interruption.end();
  }

  /** Interrupts the running execution. Returns whether one was running. */
  interrupt(interpreter: Interpreter): boolean {
    const running = this.find(({ submission }) => submission.id === interpreter.runningId);
    if (!running) return false;
    running.interruption.interrupt(interpreter, 'request');
    return true;
  }

  abort(execution: PendingExecution, reason: unknown, interpreter: Interpreter | undefined): void {
    const place = this.waiting.indexOf(execution);
    execution.withdrawnFor ??= new ExecutionAbortedError(reason);
    if (place >= 0) {
      this.waiting.splice(place, 1);
      execution.fail(execution.withdrawnFor);
    } else if (interpreter && this.handedOver.includes(execution)) {
      execution.interruption.interrupt(interpreter, 'abort');
    } else {
      execution.waitNoMore(); // it has ended, and may still wait for its reader
    }
  }

  /** Fails or interrupts every execution that has not begun. */
  withdraw(error: Error, interpreter: Interpreter | undefined): void {
    this.failWaiting(error);
    for (const execution of this.handedOver.slice(1)) {
      execution.withdrawnFor ??= error;
      if (interpreter) execution.interruption.interrupt(interpreter, 'shutdown');
    }
  }

  /**
   * Interrupts the first execution handed over, even if the interpreter may have ended it by now.
   */
  hurry(interpreter: Interpreter): void {
    this.handedOver[0]?.interruption.interrupt(interpreter, 'shutdown');
  }

  failWaiting(error: Error): void {
    for (const one of this.waiting.splice(0)) one.fail(error);
  }

  /** Lets waiting executions end with the interpreter, like those handed over. */
  tieToInterpreter(): void {
    for (const one of this.waiting.splice(0)) {
      if (one instanceof PendingExecution) this.handedOver.push(one);
      else one.fail(new InterpreterStartError('The interpreter that was to be forked has ended.'));
    }
  }

  /** Takes the executions back from a dead interpreter. The first was running. */
  takeHandedOver(): PendingExecution[] {
    this.handedOver[0]?.interruption.end();
    return this.handedOver.splice(0);
  }

  takeWaiting(): Waiting[] {
    return this.waiting.splice(0);
  }

  /** Puts executions and turns back at the front of the queue. */
  putBack(waiting: readonly Waiting[]): void {
    this.waiting.unshift(...waiting);
  }
}
