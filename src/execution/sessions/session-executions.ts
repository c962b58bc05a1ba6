import { AsyncLocalStorage } from 'node:async_hooks';
import type { ExecutionError } from '../../errors/call-errors.js';
import { ShuttingDownError } from '../../errors/execution-errors.js';
import { type Death, InterpreterDiedError, type Output } from '../../errors/interpreter-death.js';
import type { InputQuestion, Interpreter, Outcome, OutputTexts } from '../engine/engine.js';
import { type ConnectionId, type ExecutionId, nextId } from '../ids.js';
import { joinedOnDemand, unjoined } from '../joined-on-demand.js';
import { LongText, piecesOf } from '../long-text.js';
import type { ObservedExecution } from '../observing/execution-observer.js';
import type { ExecutionListener } from '../stream-events.js';
import type { EncodedValue } from '../values/encode-value.js';
import type { CallFunction } from '../values/javascript-function.js';
import { ExecutionQueue, type Waiting } from './execution-queue.js';
import type { ExecuteOptions } from '../execution.js';
import type { InterpreterState } from './interpreter-state.js';
import { lostThreadsClause } from './lost-threads.js';
import { type OperationResult, PendingExecution } from './pending-execution.js';
import type { SessionConnections } from './session-connections.js';
import type { SessionEventBody } from './session-event.js';
import type { SessionSettings, StartupCode } from './session-settings.js';

/** Counts the executions of a session and notes when it was last active. */
export class SessionActivity {
  readonly createdAt = Date.now();
  private begun = 0;
  private last = this.createdAt;

  /** Executions so far, including the running one. */
  get executions(): number {
    return this.begun;
  }

  get lastAt(): number {
    return this.last;
  }

  /** Milliseconds since the last activity. */
  get idleFor(): number {
    return Date.now() - this.last;
  }

  begins(): void {
    this.begun += 1;
    this.last = Date.now();
  }

  goesOn(): void {
    this.last = Date.now();
  }
}

/** Source of an execution, and the receivers of its events. */
export interface ExecutionListeners {
  /** Runs instead of code. */
  readonly operation?: EncodedValue;
  /** Calls the functions of the operation. */
  readonly callFunction?: CallFunction;
  /** Connection that the request came over. */
  readonly connection?: ConnectionId;
  /** Receives the events of the execution as they happen. */
  readonly listener?: ExecutionListener;
  /** Default: the execution is observed as a new one. */
  readonly observed?: ObservedExecution | undefined;
}

const NO_OUTPUT = { stdout: '', stderr: '' };
const STREAMS = ['stdout', 'stderr'] as const;

/** Runs the executions of a session, from the queue to the result. */
export class SessionExecutions {
  readonly queue: ExecutionQueue;
  readonly activity = new SessionActivity();
  private onIdle: (() => void) | undefined;
  private lastId = 0;

  constructor(
    private readonly settings: SessionSettings,
    private readonly state: InterpreterState,
    private readonly connections: SessionConnections,
    private readonly emit: (event: SessionEventBody) => void,
  ) {
    this.queue = new ExecutionQueue({ begins: (execution) => this.begins(execution) });
  }

  run(
    code: string,
    options: ExecuteOptions,
    listeners: ExecutionListeners,
  ): Promise<OperationResult> {
    const execution = this.pending(code, options, listeners);
    this.abortOn(options.signal, execution);
    this.add(execution);
    return execution.result;
  }

  add(waiting: Waiting): void {
    this.queue.add(waiting);
    this.handOver();
  }

  /** Runs start-up code: ahead of the queue, before the interpreter is live. */
  runFirst({ code, filename }: StartupCode, interpreter: Interpreter): Promise<OperationResult> {
    const execution = this.pending(code, { filename }, {});
    this.queue.submit(execution, interpreter);
    return execution.result;
  }

  /** Hands waiting executions over to the live interpreter. */
  handOver(): void {
    const { live } = this.state;
    if (!live) return;
    const wasIdle = !this.queue.isRunning;
    this.queue.handOver(live);
    if (wasIdle && this.queue.isRunning) this.emit({ type: 'busy' });
  }

  async answerInput(id: ExecutionId, question: InputQuestion): Promise<void> {
    const asking = this.queue.find(({ submission }) => submission.id === id);
    const reply = await asking?.answer(question);
    if (!reply || !this.queue.find((one) => one === asking)) return; // has ended
    this.state.interpreter?.answerInput(question.request, reply);
  }

  done(id: ExecutionId, outcome: Outcome): void {
    const { stdout, stderr, hasBegun, returned, value, error } = outcome;
    const execution = this.queue.first(id);
    this.queue.endFirst();
    const withdrawnFor = hasBegun ? undefined : execution.withdrawnFor;
    const { operation, streams } = execution.submission;
    const isTold = withdrawnFor !== undefined || operation !== undefined || streams;
    const earlier = (!isTold && this.connections.takeUntold()) || NO_OUTPUT;
    const lostThreads = this.state.interpreter?.lostThreads;
    // The next begins before this one settles, as its caller may send another at once.
    this.goOn();
    if (withdrawnFor) {
      execution.fail(withdrawnFor);
      return;
    }
    const output = joinedOnDemand({
      stdout: LongText.join(earlier.stdout, stdout),
      stderr: LongText.join(earlier.stderr, stderr),
    });
    const isInterrupted = error?.type === 'KeyboardInterrupt';
    if (isInterrupted && execution.interruption.isShutdown) {
      execution.fail(new ShuttingDownError(true, output));
      return;
    }
    const raised = error && isInterrupted ? interruptedError(error, execution, lostThreads) : error;
    execution.end(
      joinedOnDemand({
        stdout: unjoined(output, 'stdout'),
        stderr: unjoined(output, 'stderr'),
        return: returned,
        ...execution.interactiveResult,
        ...(operation && { value }),
        ...(raised && { error: raised }),
      }),
    );
  }

  becameLive(interpreter: Interpreter, took: number): void {
    for (const connection of this.connections.ids) interpreter.connectionOpened(connection);
    this.activity.goesOn();
    this.emit({ type: 'started', took });
    this.handOver();
  }

  becameFailed(reason: Error): void {
    this.queue.failWaiting(reason);
    this.emit({ type: 'failed', reason: reason.message });
  }

  /** @param wasLive if false, waiting executions are for the next interpreter. */
  interpreterDied(death: Death, wasLive: boolean): void {
    const [running, ...handedOver] = this.queue.takeHandedOver();
    const waiting = wasLive ? [...handedOver, ...this.queue.takeWaiting()] : handedOver;
    const isReplaced = this.settings.isReplaced && !this.state.isEnding;
    const isStopped = death.cause === 'not-stopped';
    const aborted = isStopped && running?.interruption.isAbort ? causeOf(running) : undefined;
    const died = new InterpreterDiedError(death, true, death.partialOutput, isReplaced, aborted);
    const isCutOff = isStopped && running?.interruption.isShutdown;
    running?.fail(
      isCutOff ? new ShuttingDownError(true, death.partialOutput, { cause: died }) : died,
    );
    const refused = this.refusedAtDeath(death, waiting);
    const notRun = new InterpreterDiedError(death, false, NO_OUTPUT, isReplaced);
    for (const one of refused) one.fail(withdrawal(one) ?? notRun);
    if (!running) this.printedAtDeath(death.partialOutput);
    if (!this.state.isEnding) {
      const answered = [running, ...refused].map((one) => connectionOf(one));
      this.connections.interpreterDied(death, new Set(answered));
    }
    this.emit({ type: 'died', cause: death.cause, reason: death.reason });
  }

  /** Waits until no execution runs; interrupts the running one after `grace` milliseconds. */
  async finish(interpreter: Interpreter, grace: number): Promise<void> {
    const idle = new Promise<void>((resolve) => (this.onIdle = resolve));
    const hurry = setTimeout(() => this.queue.hurry(interpreter), grace);
    await idle;
    clearTimeout(hurry);
  }

  /** Resolves `finish()`. */
  idle(): void {
    this.onIdle?.();
  }

  private pending(
    code: string,
    options: ExecuteOptions,
    listeners: ExecutionListeners,
  ): PendingExecution {
    const id = (this.lastId = nextId(this.lastId)) as ExecutionId;
    const { interruptGrace, outputLimit } = this.settings;
    const { filename, timeout = this.settings.timeout, onInput, interactive, env } = options;
    const { listener, connection = listener && this.connections.newId(), observed } = listeners;
    return new PendingExecution(
      {
        id,
        code,
        operation: listeners.operation,
        callFunction: listeners.callFunction,
        filename,
        connection,
        ownsConnection: listener !== undefined,
        streams: listener !== undefined,
        answersInput: onInput !== undefined,
        isInteractive: interactive ?? false,
        env: env ?? {},
      },
      {
        timeout,
        interruptGrace,
        onInput,
        // In the async context of the request: events come from a socket.
        listener: listener && AsyncLocalStorage.bind(listener),
        observed,
        outputLimit,
      },
      this,
    );
  }

  /** Aborts an execution for this reason. */
  abort(execution: PendingExecution, reason: unknown): void {
    this.queue.abort(execution, reason, this.state.interpreter);
  }

  private abortOn(signal: AbortSignal | undefined, execution: PendingExecution): void {
    if (!signal) return;
    const abort = (): void => this.abort(execution, signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    const forget = (): void => signal.removeEventListener('abort', abort);
    execution.result.then(forget, forget);
  }

  private begins(execution: PendingExecution): void {
    this.activity.begins();
    execution.parameters.observed?.begun();
    if (execution.submission.streams) {
      const earlier: OutputTexts = this.connections.takeUntold() ?? NO_OUTPUT;
      execution.printEarlier(earlier);
    }
  }

  private goOn(): void {
    const { interpreter } = this.state;
    if (interpreter) this.queue.beginNext(interpreter);
    this.handOver();
    if (this.queue.isRunning) return;
    this.activity.goesOn();
    if (this.state.live) this.emit({ type: 'idle' });
    this.idle();
  }

  /**
   * Returns all by default: without their variables, running them in the next interpreter would
   * surprise.
   */
  private refusedAtDeath({ cause }: Death, waiting: readonly Waiting[]): readonly Waiting[] {
    const { queuedOnDeath, isReplaced } = this.settings;
    const isWanted = cause === 'restart' || this.state.isEnding;
    if (queuedOnDeath === 'refuse' || isWanted || !isReplaced) return waiting;
    this.queue.putBack(waiting.filter((one) => !withdrawal(one)));
    return waiting.filter(withdrawal);
  }

  private printedAtDeath(output: Output): void {
    for (const stream of STREAMS) {
      for (const piece of piecesOf(unjoined(output, stream))) {
        this.connections.printedBetweenRuns(stream, Buffer.from(piece));
      }
    }
  }
}

function withdrawal(waiting: Waiting): Error | undefined {
  return waiting instanceof PendingExecution ? waiting.withdrawnFor : undefined;
}

function connectionOf(waiting: Waiting | undefined): ConnectionId | undefined {
  return waiting instanceof PendingExecution ? waiting.submission.connection : undefined;
}

/** Says why code was interrupted, if its timeout or its caller did it. */
function interruptedError(
  error: ExecutionError,
  execution: PendingExecution,
  lostThreads: readonly string[] | undefined,
): ExecutionError {
  const { interruption, parameters } = execution;
  if (interruption.isTimeout) return timeoutError(error, parameters.timeout, lostThreads);
  return interruption.isAbort ? { ...error, ...causeOf(execution) } : error;
}

/** Returns the reason of the signal that aborted an execution. */
function causeOf({ withdrawnFor }: PendingExecution): { readonly cause: unknown } {
  return { cause: withdrawnFor?.cause };
}

function timeoutError(
  { traceback }: ExecutionError,
  timeout: number,
  lostThreads: readonly string[] = [],
): ExecutionError {
  const type = 'ExecutionTimeoutError';
  const value = `the code did not finish within ${timeout} ms and was interrupted${lostThreadsClause(lostThreads)}`;
  return { type, value, traceback: `${traceback}${type}: ${value}\n` };
}
