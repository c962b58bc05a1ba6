import type { Interpreter } from '../engine/engine.js';
import { ExecutionAbortedError } from '../../errors/execution-errors.js';
import { InterpreterStartError } from '../../errors/start-errors.js';
import type { ExecutionId } from '../ids.js';
import type { InterruptCause } from '../observing/execution-event.js';
import { Deadline } from './deadline.js';
import { PendingExecution } from './pending-execution.js';

/** What waits for its turn without being an execution: a fork of the state that there is by then. */
export interface Turn {
  begin(interpreter: Interpreter): void;
  fail(error: Error): void;
}

export type Waiting = PendingExecution | Turn;

export interface QueueHooks {
  /** The first of those handed over begins to run, as far as is known. */
  begins(execution: PendingExecution): void;
}

/**
 * Executions that the interpreter is given ahead of their turn, so that it need not wait for Node
 * between two of them.
 */
const HANDED_OVER_AT_MOST = 16;

/** What a session has to run: in order, one at a time, each with its time. */
export class ExecutionQueue {
  private readonly waiting: Waiting[] = [];
  /** Of those that wait. */
  private uncounted = 0;
  /** What the interpreter has, in order; it runs the first. */
  private readonly handedOver: PendingExecution[] = [];
  /** Of the execution that runs. */
  private deadline: Deadline | undefined;

  constructor(
    /** Milliseconds from an interrupt to the kill. */
    private readonly interruptGrace: number,
    private readonly hooks: QueueHooks,
  ) {}

  /** All that somebody waits for and that has not ended. */
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

  /** For what nobody waits for: it takes nobody's place, and is dropped if it cannot be done. */
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

  /** Of those handed over. */
  find(isIt: (execution: PendingExecution) => boolean): PendingExecution | undefined {
    return this.handedOver.find(isIt);
  }

  /** The one that runs, which is expected to be this. */
  first(id: ExecutionId): PendingExecution {
    const execution = this.handedOver[0];
    if (execution?.submission.id !== id) throw new Error(`Execution ${id} is out of turn.`);
    return execution;
  }

  /** Gives the interpreter as many as it may have. */
  handOver(interpreter: Interpreter): void {
    while (this.waiting.length > 0 && this.handedOver.length < HANDED_OVER_AT_MOST) {
      const next = this.waiting.shift()!;
      if (next instanceof PendingExecution) this.submit(next, interpreter);
      else next.begin(interpreter);
    }
  }

  /** Past those that wait. */
  submit(execution: PendingExecution, interpreter: Interpreter): void {
    this.handedOver.push(execution);
    interpreter.submit(execution.submission);
    if (this.handedOver.length === 1) this.beginNext(interpreter);
  }

  /** The first of those handed over is the one that runs, from now on. */
  beginNext(interpreter: Interpreter): void {
    const next = this.handedOver[0];
    if (!next) return;
    this.hooks.begins(next);
    const { timeout } = next.parameters;
    if (timeout > 0) this.deadlineOf(next, interpreter).start(timeout);
    // It was interrupted ahead of its turn; now it has to stop in time.
    if (next.isInterrupted) this.deadlineOf(next, interpreter).interrupt();
  }

  /** What runs has ended. Answers whether it was interrupted for the time that it took. */
  endFirst(): boolean {
    this.handedOver.shift();
    return this.endDeadline();
  }

  /** Interrupts what runs now. Answers whether anything does. */
  interrupt(interpreter: Interpreter): boolean {
    const running = this.find(({ submission }) => submission.id === interpreter.runningId);
    if (!running) return false;
    this.interruptHandedOver(running, interpreter, 'request');
    return true;
  }

  abort(execution: PendingExecution, reason: unknown, interpreter: Interpreter | undefined): void {
    const place = this.waiting.indexOf(execution);
    execution.withdrawnFor ??= new ExecutionAbortedError(reason);
    if (place >= 0) {
      this.waiting.splice(place, 1);
      execution.fail(execution.withdrawnFor);
    } else if (interpreter && this.handedOver.includes(execution)) {
      this.interruptHandedOver(execution, interpreter, 'abort');
    }
  }

  /** What has not begun is not to run. */
  withdraw(error: Error, interpreter: Interpreter | undefined): void {
    this.failWaiting(error);
    for (const execution of this.handedOver.slice(1)) {
      execution.withdrawnFor ??= error;
      if (interpreter) this.interruptHandedOver(execution, interpreter, 'shutdown');
    }
  }

  /** Interrupts the first, whether or not the interpreter has ended it by now. */
  hurry(interpreter: Interpreter): void {
    const [running] = this.handedOver;
    if (running) this.interruptHandedOver(running, interpreter, 'shutdown');
  }

  failWaiting(error: Error): void {
    for (const one of this.waiting.splice(0)) one.fail(error);
  }

  /** What waits shares the fate of what is handed over: the interpreter is about to end. */
  tieToInterpreter(): void {
    for (const one of this.waiting.splice(0)) {
      if (one instanceof PendingExecution) this.handedOver.push(one);
      else one.fail(new InterpreterStartError('The interpreter that was to be forked has ended.'));
    }
  }

  /** The interpreter has died: what it has is taken from it. The first was the one that ran. */
  takeHandedOver(): PendingExecution[] {
    this.endDeadline();
    return this.handedOver.splice(0);
  }

  takeWaiting(): Waiting[] {
    return this.waiting.splice(0);
  }

  /** Before all that waits. */
  putBack(waiting: readonly Waiting[]): void {
    this.waiting.unshift(...waiting);
  }

  /** The first has its time to stop from now on; one behind it, from when the output before it is read. */
  private interruptHandedOver(
    execution: PendingExecution,
    interpreter: Interpreter,
    by: InterruptCause,
  ): void {
    execution.interrupted(by);
    if (execution === this.handedOver[0]) this.deadlineOf(execution, interpreter).interrupt();
    else interpreter.interrupt(execution.submission.id);
  }

  private deadlineOf(running: PendingExecution, interpreter: Interpreter): Deadline {
    return (this.deadline ??= this.newDeadline(running, interpreter));
  }

  private newDeadline(running: PendingExecution, interpreter: Interpreter): Deadline {
    const grace = this.interruptGrace;
    const deadline = new Deadline(
      {
        interrupt: () => {
          if (deadline.expired) running.interrupted('timeout');
          running.waitNoMore();
          interpreter.interrupt(running.submission.id);
        },
        kill: () => {
          const ranTooLong = `ran longer than the ${running.parameters.timeout} ms that it had, `;
          const reason = `${deadline.expired ? ranTooLong : ''}did not stop within ${grace} ms of an interrupt and was killed`;
          interpreter.kill({ cause: 'not-stopped', reason: `it ${reason}` });
        },
      },
      grace,
    );
    return deadline;
  }

  private endDeadline(): boolean {
    const { deadline } = this;
    this.deadline = undefined;
    deadline?.end();
    return deadline?.expired ?? false;
  }
}
