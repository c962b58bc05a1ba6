import type { Logger } from '@nestjs/common';
import type {
  Death,
  Interpreter,
  InterpreterEngine,
  InterpreterObserver,
  Outcome,
} from '../engine/engine.js';
import { InterpreterDiedError } from '../errors/interpreter-died.error.js';
import { InterpreterStartError } from '../errors/interpreter-start.error.js';
import { QueueFullError } from '../errors/queue-full.error.js';
import { ShuttingDownError } from '../errors/shutting-down.error.js';
import type { ExecuteOptions, ExecutionError, ExecutionResult, Output } from '../execution.js';
import { type ConnectionId, type ExecutionId, nextId, type SessionId } from '../ids.js';
import { BetweenRunsOutput } from './between-runs-output.js';
import type { Connection, ConnectionListener } from './connection.js';
import { Deadline } from './deadline.js';
import { PendingExecution } from './pending-execution.js';
import type { SessionState } from './session-state.js';

export interface SessionSettings {
  /** Milliseconds; 0: none. */
  readonly timeout: number;
  /** Milliseconds. */
  readonly interruptGrace: number;
  /** Bytes of each stream. */
  readonly outputLimit: number;
  readonly queueLimit: number;
  /** What each new interpreter runs first. */
  readonly startup: { readonly code: string; readonly filename: string } | undefined;
}

/**
 * Executions that the interpreter is given ahead of their turn, so that it need not wait for Node
 * between two of them.
 */
const HANDED_OVER_AT_MOST = 16;

/** What is left of a traceback when an interrupt came before the turn of the code. */
const INTERRUPTED_BEFORE_ITS_FIRST_LINE = 'KeyboardInterrupt\n';

const NO_OUTPUT: Output = { stdout: '', stderr: '' };

/** One persistent namespace: a queue, and an interpreter that is replaced when it dies. */
export class InterpreterSession {
  private state: SessionState = { kind: 'starting' };
  private currentGeneration = 0;
  private lastExecution = 0;
  private lastConnection = 0;
  private readonly queue: PendingExecution[] = [];
  /** What the interpreter has, in order; it runs the first. */
  private readonly handedOver: PendingExecution[] = [];
  /** Of the execution that runs. */
  private deadline: Deadline | undefined;
  private readonly connections = new Map<ConnectionId, ConnectionListener>();
  private readonly betweenRuns: BetweenRunsOutput;
  private onIdle: (() => void) | undefined;

  constructor(
    readonly id: SessionId,
    private readonly engine: InterpreterEngine,
    private readonly settings: SessionSettings,
    private readonly logger: Logger,
  ) {
    this.betweenRuns = new BetweenRunsOutput(settings.outputLimit);
  }

  /** How many interpreters this session has had. */
  get generation(): number {
    return this.currentGeneration;
  }

  /** @throws InterpreterStartError */
  async start(): Promise<void> {
    this.state = { kind: 'starting' };
    try {
      const interpreter = await this.engine.startInterpreter(this.id, this.observer());
      await this.runStartup(interpreter);
      this.becomeLive(interpreter);
    } catch (error) {
      this.becomeFailed(error as Error);
      throw error;
    }
  }

  execute(
    code: string,
    options: ExecuteOptions = {},
    connection?: ConnectionId,
  ): Promise<ExecutionResult> {
    if (this.state.kind === 'closing' || this.state.kind === 'closed') {
      return Promise.reject(new ShuttingDownError());
    }
    if (this.queue.length + this.handedOver.length >= this.settings.queueLimit) {
      return Promise.reject(new QueueFullError(this.settings.queueLimit));
    }
    const execution = this.pending(code, options, connection);
    this.queue.push(execution);
    if (this.state.kind === 'failed') this.restart();
    this.handOver();
    return execution.result;
  }

  connect(listener: ConnectionListener): Connection {
    const id = (this.lastConnection = nextId(this.lastConnection)) as ConnectionId;
    this.connections.set(id, listener);
    if (this.state.kind === 'live') this.state.interpreter.connectionOpened(id);
    return {
      id,
      execute: (code, options) => this.execute(code, options, id),
      close: () => {
        if (this.connections.delete(id) && this.state.kind === 'live') {
          this.state.interpreter.connectionClosed(id);
        }
      },
    };
  }

  /** Raises KeyboardInterrupt in the code that runs now. Answers whether any does. */
  interrupt(): boolean {
    const running = this.handedOver[0];
    if (!running || this.state.kind !== 'live') return false;
    this.deadline ??= this.deadlineOf(running, this.state.interpreter);
    this.deadline.interrupt();
    return true;
  }

  /**
   * Refuses what waits, and lets finish what runs.
   *
   * @param grace milliseconds until that is interrupted.
   */
  async close(grace: number): Promise<void> {
    if (this.state.kind === 'closing' || this.state.kind === 'closed') return;
    const interpreter = this.state.kind === 'live' ? this.state.interpreter : undefined;
    this.state = { kind: 'closing' };
    for (const waiting of this.queue.splice(0)) waiting.reject(new ShuttingDownError());
    if (interpreter && this.handedOver.length > 0) await this.finish(interpreter, grace);
    this.state = { kind: 'closed' };
  }

  private async finish(interpreter: Interpreter, grace: number): Promise<void> {
    const [running, ...next] = this.handedOver;
    for (const execution of next) {
      execution.isWithdrawn = true;
      interpreter.interrupt(execution.submission.id);
    }
    const idle = new Promise<void>((resolve) => (this.onIdle = resolve));
    this.deadline ??= this.deadlineOf(running!, interpreter);
    const { deadline } = this;
    const hurry = setTimeout(() => deadline.interrupt(), grace);
    await idle;
    clearTimeout(hurry);
  }

  private pending(
    code: string,
    options: ExecuteOptions,
    connection?: ConnectionId,
  ): PendingExecution {
    const id = (this.lastExecution = nextId(this.lastExecution)) as ExecutionId;
    const { filename, timeout = this.settings.timeout } = options;
    return new PendingExecution({ id, code, filename, connection }, timeout);
  }

  private async runStartup(interpreter: Interpreter): Promise<void> {
    const { startup } = this.settings;
    if (!startup) return;
    const execution = this.pending(startup.code, { filename: startup.filename });
    this.submit(execution, interpreter);
    const { stdout, stderr, error } = await execution.result;
    if (stdout || stderr) this.logger.log(`${startup.filename} printed: ${stdout}${stderr}`);
    if (error) {
      interpreter.kill('its start-up file raised an exception');
      throw new InterpreterStartError(
        `The start-up file ${startup.filename} (FUJIAN_STARTUP) raised an exception:\n${error.traceback}`,
      );
    }
  }

  private becomeLive(interpreter: Interpreter): void {
    if (this.state.kind !== 'starting') return; // closed meanwhile; the engine ends the interpreter
    this.currentGeneration += 1;
    this.state = { kind: 'live', interpreter };
    for (const connection of this.connections.keys()) interpreter.connectionOpened(connection);
    this.handOver();
  }

  private becomeFailed(error: Error): void {
    if (this.state.kind !== 'starting') return;
    this.state = { kind: 'failed' };
    for (const waiting of this.queue.splice(0)) waiting.reject(error);
  }

  private restart(): void {
    this.start().catch((error: Error) => this.logger.error(error.message));
  }

  private handOver(): void {
    if (this.state.kind !== 'live') return;
    while (this.queue.length > 0 && this.handedOver.length < HANDED_OVER_AT_MOST) {
      this.submit(this.queue.shift()!, this.state.interpreter);
    }
  }

  private submit(execution: PendingExecution, interpreter: Interpreter): void {
    this.handedOver.push(execution);
    if (this.handedOver.length === 1) this.beginNext(interpreter);
    interpreter.submit(execution.submission);
  }

  /** The first of those handed over is the one that runs, from now on. */
  private beginNext(interpreter: Interpreter): void {
    const next = this.handedOver[0];
    if (!next || next.timeout === 0) return;
    this.deadline = this.deadlineOf(next, interpreter);
    this.deadline.start(next.timeout);
  }

  private deadlineOf({ submission }: PendingExecution, interpreter: Interpreter): Deadline {
    const grace = this.settings.interruptGrace;
    return new Deadline(
      {
        interrupt: () => interpreter.interrupt(submission.id),
        kill: () =>
          interpreter.kill(`it did not stop within ${grace} ms of an interrupt and was killed`),
      },
      grace,
    );
  }

  private endDeadline(): Deadline | undefined {
    const deadline = this.deadline;
    this.deadline = undefined;
    deadline?.end();
    return deadline;
  }

  private observer(): InterpreterObserver {
    return {
      done: (id, outcome) => this.done(id, outcome),
      pushed: (connection, message) => this.connections.get(connection)?.pushed(message),
      printedBetweenRuns: (stream, bytes) => {
        this.betweenRuns.add(stream, bytes);
        this.tellConnections();
      },
      logged: (text) => this.logger.log(text),
      died: (death) => this.died(death),
    };
  }

  private done(id: ExecutionId, { stdout, stderr, returned, error }: Outcome): void {
    const execution = this.handedOver.shift();
    if (execution?.submission.id !== id) throw new Error(`Execution ${id} ended out of turn.`);
    if (execution.isWithdrawn && error?.traceback === INTERRUPTED_BEFORE_ITS_FIRST_LINE) {
      execution.reject(new ShuttingDownError());
      this.goOn();
      return;
    }
    const expired = this.endDeadline()?.expired && error?.type === 'KeyboardInterrupt';
    const earlier = this.betweenRuns.take() ?? NO_OUTPUT;
    execution.resolve({
      stdout: earlier.stdout + stdout,
      stderr: earlier.stderr + stderr,
      return: returned,
      ...(error && { error: expired ? timeoutError(error, execution.timeout) : error }),
    });
    this.goOn();
  }

  private goOn(): void {
    if (this.state.kind === 'live') {
      this.beginNext(this.state.interpreter);
      this.handOver();
    }
    if (this.handedOver.length === 0) this.onIdle?.();
  }

  private died(death: Death): void {
    this.endDeadline();
    const { stdout, stderr } = death.partialOutput;
    if (this.state.kind === 'closed') return;
    this.logger.warn(`The interpreter of session '${this.id}' ended: ${death.reason}`);
    const [running, ...handedOver] = this.handedOver.splice(0);
    if (running) {
      running.reject(new InterpreterDiedError(death, true, death.partialOutput));
    } else {
      this.betweenRuns.add('stdout', Buffer.from(stdout));
      this.betweenRuns.add('stderr', Buffer.from(stderr));
      this.tellConnections();
    }
    // Their variables are gone with the interpreter: to run them in the next one would be a surprise.
    const waiting =
      this.state.kind === 'live' ? [...handedOver, ...this.queue.splice(0)] : handedOver;
    for (const one of waiting) one.reject(new InterpreterDiedError(death, false, NO_OUTPUT));
    if (this.state.kind === 'live') this.restart();
    this.onIdle?.();
  }

  private tellConnections(): void {
    if (this.connections.size === 0) return; // the next run's output begins with it
    const output = this.betweenRuns.take();
    if (!output) return;
    for (const listener of this.connections.values()) listener.printedBetweenRuns(output);
  }
}

function timeoutError({ traceback }: ExecutionError, timeout: number): ExecutionError {
  const type = 'ExecutionTimeoutError';
  const value = `the code did not finish within ${timeout} ms and was interrupted`;
  return { type, value, traceback: `${traceback}${type}: ${value}\n` };
}
