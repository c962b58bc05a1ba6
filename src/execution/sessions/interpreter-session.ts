import type { Logger } from '@nestjs/common';
import type {
  Death,
  DeathReason,
  InputQuestion,
  Interpreter,
  InterpreterEngine,
  InterpreterObserver,
  Outcome,
} from '../engine/engine.js';
import { CircuitOpenError } from '../errors/circuit-open.error.js';
import { ExecutionAbortedError } from '../errors/execution-aborted.error.js';
import { InterpreterDiedError } from '../errors/interpreter-died.error.js';
import { InterpreterStartError } from '../errors/interpreter-start.error.js';
import { QueueFullError } from '../errors/queue-full.error.js';
import { SessionNotFoundError } from '../errors/session-not-found.error.js';
import { ShuttingDownError } from '../errors/shutting-down.error.js';
import type { ExecuteOptions, ExecutionError, Output, StreamOptions } from '../execution.js';
import type { ExecutionListener } from '../execution-events.js';
import { DIRECT } from '../observing/execution-occurrence.js';
import type { ExecutionObserver } from '../observing/execution-observer.js';
import type { ObservedExecution } from '../observing/observed-execution.js';
import { ExecutionStream } from '../execution-stream.js';
import {
  type ConnectionId,
  type ExecutionId,
  type KeptId,
  MAIN_SESSION,
  nextId,
  type SessionId,
} from '../ids.js';
import { CircuitBreaker } from './circuit-breaker.js';
import type { Connection, ConnectionListener } from './connection.js';
import { ExecutionQueue, type Waiting } from './execution-queue.js';
import { PendingExecution } from './pending-execution.js';
import type { PythonSession, SessionCondition, SessionInfo } from './python-session.js';
import type { Performer } from '../calls/performer.js';
import { PythonCalls } from '../calls/python-calls.js';
import { isWaitedForBy } from '../calls/waiting-python.js';
import type { EncodedValue } from '../values/encode-value.js';
import type { OperationResult } from './operation-result.js';
import { ReentrantCallError } from '../errors/reentrant-call.error.js';
import { SessionOperations } from './session-operations.js';
import { SessionConnections } from './session-connections.js';
import { IsolatedExecutions } from './isolated-executions.js';
import type { SessionEvent, SessionOccurrence } from './session-event.js';
import { environmentRefusal } from './session-options.js';
import type { SessionDeath, SessionHealth } from './session-health.js';
import type { SessionSettings } from './session-settings.js';
import { startupFailure } from './startup-run.js';
import type { SessionState } from './session-state.js';

type ObtainInterpreter = (observer: InterpreterObserver) => Promise<Interpreter>;

/** What a session has in common with the others of its Python. */
export interface SessionSurroundings {
  readonly engine: InterpreterEngine;
  readonly logger: Logger;
  /** Is told what happens to the session; nobody is by default. */
  readonly tell?: ((event: SessionEvent) => void) | undefined;
  readonly observer: ExecutionObserver;
}

/** Whom an execution is for. */
interface Audience {
  /** In place of code. */
  readonly operation?: EncodedValue;
  /** The connection that it came over. */
  readonly connection?: ConnectionId;
  /** Is told what happens, as it happens. */
  readonly listener?: ExecutionListener;
  /** Default: it is counted as another one. */
  readonly observed?: ObservedExecution | undefined;
}

const CLOSED: DeathReason = { cause: 'closed', reason: 'it was closed' };

const NO_OUTPUT: Output = { stdout: '', stderr: '' };
const STREAMS = ['stdout', 'stderr'] as const;

/** One persistent namespace: a queue, and an interpreter that is replaced when it dies. */
export class InterpreterSession extends PythonCalls implements PythonSession {
  private readonly createdAt = Date.now();
  private lastActiveAt = this.createdAt;
  private executions = 0;
  private discarded: Promise<void> | undefined;
  private hasToldClosed = false;
  private state: SessionState = { kind: 'starting' };
  private currentGeneration = 0;
  /** Why the last interpreter ended, or none could be started. */
  private lastFailure = '';
  private lastExecution = 0;
  private lastConnection = 0;
  /** What `call()` and its like are performed by. */
  readonly performer: Performer = new SessionOperations(this);
  private readonly queue: ExecutionQueue;
  private readonly connections: SessionConnections;
  private readonly circuit: CircuitBreaker;
  private started: Promise<void> = Promise.resolve();
  private readonly isolated: IsolatedExecutions<InterpreterSession>;
  /** What is not live yet, and may never be. */
  private beingMadeReady: Interpreter | undefined;
  private onIdle: (() => void) | undefined;
  private onDeath: (() => void) | undefined;
  /** Of the interpreter that was started last. */
  private death: Death | undefined;
  /** On a clock that never jumps. */
  private startedAt = 0;
  private lastDeath: SessionDeath | undefined;

  constructor(
    readonly id: SessionId,
    private readonly settings: SessionSettings,
    private readonly surroundings: SessionSurroundings,
  ) {
    super();
    this.queue = new ExecutionQueue(settings.interruptGrace, {
      begins: (execution) => this.begins(execution),
    });
    this.connections = new SessionConnections(settings.outputLimit);
    this.isolated = new IsolatedExecutions(settings.queueLimit);
    this.circuit = new CircuitBreaker(settings);
  }

  /** How many interpreters this session has had. */
  get generation(): number {
    return this.currentGeneration;
  }

  get condition(): SessionCondition {
    if (this.state.kind !== 'live') return this.state.kind;
    return this.queue.size > 0 ? 'busy' : 'idle';
  }

  /** Whether somebody uses it, or may be told something by it. */
  get isInUse(): boolean {
    if (this.condition === 'busy' || this.condition === 'starting') return true;
    return !this.isolated.isEmpty || !this.connections.isEmpty;
  }

  get connectionCount(): number {
    return this.connections.size;
  }

  /** Milliseconds since something ran. */
  get idleFor(): number {
    return Date.now() - this.lastActiveAt;
  }

  async info(): Promise<SessionInfo> {
    const interpreter = this.state.kind === 'live' ? this.state.interpreter : undefined;
    const memory = await interpreter?.memory();
    return {
      id: this.id,
      state: this.condition,
      cwd: this.settings.cwd ?? process.cwd(),
      generation: this.currentGeneration,
      pid: interpreter?.pid,
      executions: this.executions,
      pending: this.queue.size,
      createdAt: new Date(this.createdAt),
      lastActiveAt: new Date(this.lastActiveAt),
      memory,
    };
  }

  /** How well it is. */
  get health(): SessionHealth {
    return {
      state: this.condition,
      generation: this.currentGeneration,
      lastDeath: this.lastDeath,
      queue: { pending: this.queue.size, limit: this.settings.queueLimit },
      circuit: this.circuit.condition,
    };
  }

  private get isEnding(): boolean {
    return this.state.kind === 'closing' || this.state.kind === 'closed';
  }

  /** The one that has what is handed over. */
  private get interpreter(): Interpreter | undefined {
    return 'interpreter' in this.state ? this.state.interpreter : undefined;
  }

  /** Why it does nothing any more. */
  private ended(): Error {
    return this.discarded ? new SessionNotFoundError(this.id) : new ShuttingDownError();
  }

  /** @throws InterpreterStartError */
  start(): Promise<void> {
    const { cwd, env, limits } = this.settings;
    const spec = { session: this.id, cwd, env, limits };
    return this.startBy(
      (observer) => this.surroundings.engine.startInterpreter(spec, observer),
      true,
    );
  }

  /**
   * Starts with a copy of the state that `parent` has when its turn has come.
   *
   * @returns the names of the threads that did not survive.
   * @throws InterpreterStartError, InterpreterDiedError
   */
  async startAsForkOf(parent: InterpreterSession): Promise<readonly string[]> {
    let lostThreads: readonly string[] = [];
    await this.startBy(async (observer) => {
      const fork = await parent.inTurn((interpreter) =>
        this.surroundings.engine.forkInterpreter(interpreter, this.id, observer),
      );
      ({ lostThreads } = fork);
      return fork.interpreter;
    }, false);
    return lostThreads;
  }

  private startBy(obtain: ObtainInterpreter, isNew: boolean): Promise<void> {
    this.state = { kind: 'starting' };
    this.death = undefined;
    this.startedAt = performance.now();
    return (this.started = this.startInterpreter(obtain, isNew));
  }

  /** Calls `begin` when all that has been asked for so far is submitted. */
  private inTurn<Result>(begin: (interpreter: Interpreter) => Promise<Result>): Promise<Result> {
    const refusal = this.refusal('', {});
    if (refusal) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.queue.add({
        begin: (interpreter) => void begin(interpreter).then(resolve, reject),
        fail: reject,
      });
      if (this.state.kind === 'failed') this.replaceInterpreter();
      this.handOver();
    });
  }

  execute(
    code: string,
    options: ExecuteOptions = {},
    audience: Audience = {},
  ): Promise<OperationResult> {
    const observed = audience.observed ?? this.observed(options, audience);
    const refusal = this.refusal(code, options);
    if (refusal) {
      observed?.failed(refusal);
      return Promise.reject(refusal);
    }
    if (options.isolated) return this.executeIsolated(code, options, { ...audience, observed });
    const execution = this.pending(code, options, { ...audience, observed });
    this.queue.add(execution);
    this.abortOn(options.signal, execution);
    if (this.state.kind === 'failed') this.replaceInterpreter();
    this.handOver();
    return execution.result;
  }

  private observed(
    { origin = DIRECT, isolated = false }: ExecuteOptions,
    { operation }: Audience,
  ): ObservedExecution | undefined {
    return this.surroundings.observer.submitted({
      session: this.id,
      origin,
      kind: operation ? 'call' : 'code',
      isIsolated: isolated,
    });
  }

  protected override performerOf(): Performer {
    return this.performer;
  }

  /** What Python has kept is let go: after all that was asked for so far, which may be about it. */
  release(id: KeptId): void {
    if (this.state.kind === 'failed' || this.isEnding) return; // it is gone anyway
    this.queue.addUncounted((interpreter) => interpreter.release(id));
    this.handOver();
  }

  stream(code: string, { ready, ...options }: StreamOptions = {}): ExecutionStream {
    return new ExecutionStream((listener, left) => {
      const signal = options.signal ? AbortSignal.any([options.signal, left]) : left;
      return this.execute(code, { ...options, signal }, { listener });
    }, ready);
  }

  /** One like this, without an interpreter of its own yet. */
  copy(
    id: SessionId,
    tell?: (event: SessionEvent) => void,
    settings: Partial<SessionSettings> = {},
  ): InterpreterSession {
    return new InterpreterSession(
      id,
      { ...this.settings, ...settings },
      { ...this.surroundings, tell },
    );
  }

  /** In a fork that has the state of the time when its turn has come, and is gone with it. */
  private async executeIsolated(
    code: string,
    options: ExecuteOptions,
    audience: Audience,
  ): Promise<OperationResult> {
    const isolation = {
      copy: () => this.copy(this.id, undefined, { isReplaced: false }),
      start: (copy: InterpreterSession) => copy.startAsForkOf(this),
      execute: (copy: InterpreterSession) =>
        copy.execute(code, { ...options, isolated: false }, audience),
    };
    try {
      return await this.isolated.run(isolation, options.signal);
    } catch (error) {
      audience.observed?.failed(error as Error); // it may not even have begun
      throw error;
    } finally {
      this.lastActiveAt = Date.now();
    }
  }

  connect(listener: ConnectionListener): Connection {
    const id = this.nextConnection();
    this.connections.add(id, listener);
    if (this.state.kind === 'live') this.state.interpreter.connectionOpened(id);
    return {
      id,
      execute: (code, options) => this.execute(code, options, { connection: id }),
      close: () => {
        if (this.connections.remove(id) && this.state.kind === 'live') {
          this.state.interpreter.connectionClosed(id);
        }
      },
    };
  }

  /** Raises KeyboardInterrupt in the code that runs now, also in isolation. Answers whether any does. */
  interrupt(): boolean {
    if (this.state.kind !== 'live') return false;
    const isIsolatedRunning = this.isolated.interrupt();
    return this.queue.interrupt(this.state.interpreter) || isIsolatedRunning;
  }

  /**
   * Ends the interpreter and starts another. What runs and waits is answered with an
   * `InterpreterDiedError`.
   *
   * @throws InterpreterStartError, SessionNotFoundError, ShuttingDownError
   */
  async restart(): Promise<void> {
    switch (this.state.kind) {
      case 'closing':
      case 'closed':
        throw this.ended();
      case 'starting':
        return this.started;
      case 'failed':
        this.circuit.reset();
        return this.start();
      case 'live':
        this.circuit.reset();
        return (this.started = this.replaceLive(this.state.interpreter));
    }
  }

  private async replaceLive(interpreter: Interpreter): Promise<void> {
    this.state = { kind: 'starting' };
    this.queue.tieToInterpreter(); // what comes from now on is for the next one
    await this.kill(interpreter, { cause: 'restart', reason: 'it was restarted' });
    if (this.isEnding) throw this.ended();
    await this.start();
  }

  /** Until its death is reported, another one's executions could be taken for its own. */
  private async kill(interpreter: Interpreter, reason: DeathReason): Promise<void> {
    if (this.death) return;
    const died = new Promise<void>((resolve) => (this.onDeath = resolve));
    interpreter.kill(reason);
    await died;
  }

  /**
   * Refuses what waits, and lets finish what runs.
   *
   * @param grace milliseconds until that is interrupted.
   */
  async close(grace: number): Promise<void> {
    if (this.isEnding) return;
    const { interpreter } = this;
    this.state = { kind: 'closing', interpreter };
    this.queue.withdraw(new ShuttingDownError(), interpreter);
    const ends = [this.isolated.close(grace)];
    if (interpreter && this.queue.isRunning) ends.push(this.finish(interpreter, grace));
    await Promise.all(ends);
    this.state = { kind: 'closed' };
    this.tellClosed();
  }

  /** Ends it at once: what runs and waits is answered with an `InterpreterDiedError`. */
  discard(): Promise<void> {
    return (this.discarded ??= this.endAtOnce());
  }

  private async endAtOnce(): Promise<void> {
    if (this.state.kind === 'closed') return;
    this.beingMadeReady?.kill(CLOSED);
    // Who asked for that has been told.
    do await this.started.catch(() => undefined);
    while (this.state.kind === 'starting');
    const { interpreter } = this;
    this.queue.tieToInterpreter();
    this.state = { kind: 'closed' };
    const ends = [this.isolated.discard()];
    if (interpreter) ends.push(this.kill(interpreter, CLOSED));
    await Promise.all(ends);
    this.connections.close();
    this.tellClosed();
  }

  /** Once, however many ends it has come to. */
  private tellClosed(): void {
    if (this.hasToldClosed) return;
    this.hasToldClosed = true;
    this.occurred({ type: 'closed' });
  }

  private async finish(interpreter: Interpreter, grace: number): Promise<void> {
    const idle = new Promise<void>((resolve) => (this.onIdle = resolve));
    const hurry = setTimeout(() => this.queue.hurry(interpreter), grace);
    await idle;
    clearTimeout(hurry);
  }

  private refusal(
    code: string,
    { signal, filename = '', env = {} }: ExecuteOptions,
  ): Error | undefined {
    if (typeof code !== 'string' || typeof filename !== 'string') {
      return new TypeError('Code and its file name are strings; nothing was run.');
    }
    if (this.isEnding) return this.ended();
    if (isWaitedForBy(this)) return new ReentrantCallError(this.id);
    if (this.queue.size >= this.settings.queueLimit) {
      return new QueueFullError(this.settings.queueLimit);
    }
    const unusable = environmentRefusal(env);
    if (unusable) return unusable;
    if (signal?.aborted) return new ExecutionAbortedError(signal.reason);
    return this.state.kind === 'failed' ? this.circuitRefusal() : undefined;
  }

  private circuitRefusal(): CircuitOpenError | undefined {
    const { openFor } = this.circuit;
    if (openFor === 0) return undefined;
    const { deathLimit, deathWindow } = this.settings;
    return new CircuitOpenError(deathLimit, deathWindow, openFor, this.lastFailure);
  }

  private pending(code: string, options: ExecuteOptions, audience: Audience): PendingExecution {
    const id = (this.lastExecution = nextId(this.lastExecution)) as ExecutionId;
    const { filename, timeout = this.settings.timeout, onInput, interactive, env } = options;
    const { listener, connection = listener && this.nextConnection(), observed } = audience;
    return new PendingExecution(
      {
        id,
        code,
        operation: audience.operation,
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

  private nextConnection(): ConnectionId {
    return (this.lastConnection = nextId(this.lastConnection)) as ConnectionId;
  }

  private abortOn(signal: AbortSignal | undefined, execution: PendingExecution): void {
    if (!signal) return;
    const abort = (): void => this.queue.abort(execution, signal.reason, this.interpreter);
    signal.addEventListener('abort', abort, { once: true });
    const forget = (): void => signal.removeEventListener('abort', abort);
    execution.result.then(forget, forget);
  }

  private async startInterpreter(obtain: ObtainInterpreter, isNew: boolean): Promise<void> {
    try {
      const interpreter = await obtain(this.observer());
      this.beingMadeReady = interpreter;
      if (isNew) await this.runStartup(interpreter);
      if (this.death) {
        const { reason } = this.death;
        throw new InterpreterStartError(`The interpreter ended when it was ready: ${reason}.`);
      }
      this.becomeLive(interpreter);
    } catch (error) {
      this.becomeFailed(error as Error);
      throw error;
    } finally {
      this.beingMadeReady = undefined;
    }
  }

  private async runStartup(interpreter: Interpreter): Promise<void> {
    for (const startup of this.settings.startup) {
      if (this.isEnding || this.death) return;
      const { code, filename, what } = startup;
      const execution = this.pending(code, { filename }, {});
      this.queue.submit(execution, interpreter);
      const failure = await startupFailure(startup, execution.result, this.surroundings.logger);
      if (!failure) continue;
      // Its death must not be taken for that of the next one.
      await this.kill(interpreter, { cause: 'start', reason: `${what} raised an exception` });
      throw failure;
    }
  }

  private becomeLive(interpreter: Interpreter): void {
    if (this.isEnding) throw new ShuttingDownError(); // the engine ends the interpreter
    this.currentGeneration += 1;
    this.state = { kind: 'live', interpreter };
    for (const connection of this.connections.ids) interpreter.connectionOpened(connection);
    this.lastActiveAt = Date.now();
    const took = performance.now() - this.startedAt;
    this.occurred({ type: 'started', took });
    this.handOver();
  }

  private occurred(occurrence: SessionOccurrence): void {
    this.surroundings.tell?.({
      session: this.id,
      generation: this.currentGeneration,
      ...occurrence,
    });
  }

  private becomeFailed(error: Error): void {
    if (this.state.kind !== 'starting') return;
    this.circuit.died();
    this.lastFailure = error.message;
    this.state = { kind: 'failed' };
    this.queue.failWaiting(error);
    this.occurred({ type: 'failed', reason: error.message });
  }

  /** Unless too many have died. */
  private replaceInterpreter(): void {
    const refusal = this.circuitRefusal();
    if (!refusal) {
      this.start().catch((error: Error) => {
        if (!this.isEnding) this.surroundings.logger.error(error.message);
      });
      return;
    }
    this.surroundings.logger.error(refusal.message);
    this.state = { kind: 'failed' };
    this.queue.failWaiting(refusal);
    this.occurred({ type: 'failed', reason: refusal.message });
  }

  private handOver(): void {
    if (this.state.kind !== 'live') return;
    const wasIdle = !this.queue.isRunning;
    this.queue.handOver(this.state.interpreter);
    if (wasIdle && this.queue.isRunning) this.occurred({ type: 'busy' });
  }

  private begins(execution: PendingExecution): void {
    this.executions += 1;
    this.lastActiveAt = Date.now();
    execution.terms.observed?.begun();
    if (execution.submission.streams) {
      const earlier = this.connections.takeUntold() ?? NO_OUTPUT;
      for (const stream of STREAMS) void execution.print(stream, earlier[stream]);
    }
  }

  private observer(): InterpreterObserver {
    return {
      done: (id, outcome) => this.done(id, outcome),
      printed: (id, stream, bytes) => this.queue.first(id).printed(stream, bytes),
      began: (id, count) => this.queue.find(({ submission }) => submission.id === id)?.began(count),
      showed: (id, shown) =>
        this.queue.find(({ submission }) => submission.id === id)?.showed(shown),
      pushed: (connection, message) => {
        const stream = this.queue.find(
          ({ submission }) => submission.ownsConnection && submission.connection === connection,
        );
        if (stream) return stream.tell({ type: 'push', message });
        return this.connections.get(connection)?.pushed(message);
      },
      asked: (id, question) => void this.answerInput(id, question),
      printedBetweenRuns: (stream, bytes) => this.connections.printedBetweenRuns(stream, bytes),
      logged: (text) =>
        this.surroundings.logger.log(this.id === MAIN_SESSION ? text : `[${this.id}] ${text}`),
      died: (death) => this.died(death),
    };
  }

  private async answerInput(id: ExecutionId, question: InputQuestion): Promise<void> {
    const asking = this.queue.find(({ submission }) => submission.id === id);
    const reply = await asking?.answer(question);
    if (!reply || !this.queue.find((one) => one === asking)) return; // it ended meanwhile
    this.interpreter?.answerInput(question.request, reply);
  }

  private done(id: ExecutionId, outcome: Outcome): void {
    const { stdout, stderr, hasBegun, returned, value, error } = outcome;
    const execution = this.queue.first(id);
    const hasExpired = this.queue.endFirst();
    if (this.state.kind === 'live') this.circuit.survived(); // and it was not the start-up file
    const withdrawnFor = hasBegun ? undefined : execution.withdrawnFor;
    const { operation, streams } = execution.submission;
    const isTold = withdrawnFor !== undefined || operation !== undefined || streams;
    const earlier = (!isTold && this.connections.takeUntold()) || NO_OUTPUT;
    // First the next, as whoever is told of the end may ask for more at once.
    this.goOn();
    if (withdrawnFor) {
      execution.fail(withdrawnFor);
      return;
    }
    const expired = hasExpired && error?.type === 'KeyboardInterrupt';
    execution.end({
      stdout: earlier.stdout + stdout,
      stderr: earlier.stderr + stderr,
      return: returned,
      ...execution.interactiveResult,
      ...(operation && { value }),
      ...(error && { error: expired ? timeoutError(error, execution.terms.timeout) : error }),
    });
  }

  private goOn(): void {
    if (this.interpreter) this.queue.beginNext(this.interpreter);
    this.handOver();
    if (this.queue.isRunning) return;
    this.lastActiveAt = Date.now();
    if (this.state.kind === 'live') this.occurred({ type: 'idle' });
    this.onIdle?.();
  }

  private died(death: Death): void {
    const { cause, reason } = death;
    this.death = death;
    this.lastDeath = { cause, reason, at: new Date() };
    this.lastFailure = reason;
    const wasLive = this.state.kind === 'live';
    // Whoever is told of the end may ask for more at once: that is for the next one.
    if (wasLive) this.state = { kind: 'starting' };
    if (this.state.kind !== 'closed' && death.cause !== 'restart') {
      this.surroundings.logger.warn(
        `The interpreter of session '${this.id}' ended: ${death.reason}`,
      );
    }
    const [running, ...handedOver] = this.queue.takeHandedOver();
    const waiting = wasLive ? [...handedOver, ...this.queue.takeWaiting()] : handedOver;
    const isReplaced = this.settings.isReplaced && !this.isEnding;
    running?.fail(new InterpreterDiedError(death, true, death.partialOutput, isReplaced));
    const refused = this.refusedAtDeath(death, waiting);
    const notRun = new InterpreterDiedError(death, false, NO_OUTPUT, isReplaced);
    for (const one of refused) one.fail(withdrawal(one) ?? notRun);
    if (!running) this.printedAtDeath(death.partialOutput);
    if (!this.isEnding) {
      const answered = [running, ...refused].map((one) => connectionOf(one));
      this.connections.interpreterDied(death, new Set(answered));
    }
    this.occurred({ type: 'died', cause, reason });
    if (wasLive && this.settings.isReplaced) {
      this.circuit.died();
      if (!this.isEnding) this.replaceInterpreter();
    } else if (wasLive) {
      this.state = { kind: 'closed' };
      this.tellClosed();
    }
    this.onDeath?.();
    this.onIdle?.();
  }

  /** Mostly all: their variables are gone, and to run them in the next interpreter would be a surprise. */
  private refusedAtDeath({ cause }: Death, waiting: readonly Waiting[]): readonly Waiting[] {
    const { queuedOnDeath, isReplaced } = this.settings;
    const isWanted = cause === 'restart' || this.isEnding;
    if (queuedOnDeath === 'refuse' || isWanted || !isReplaced) return waiting;
    this.queue.putBack(waiting.filter((one) => !withdrawal(one)));
    return waiting.filter(withdrawal);
  }

  private printedAtDeath(output: Output): void {
    for (const stream of STREAMS) {
      const bytes = Buffer.from(output[stream]);
      if (bytes.length > 0) this.connections.printedBetweenRuns(stream, bytes);
    }
  }
}

function withdrawal(waiting: Waiting): Error | undefined {
  return waiting instanceof PendingExecution ? waiting.withdrawnFor : undefined;
}

function connectionOf(waiting: Waiting | undefined): ConnectionId | undefined {
  return waiting instanceof PendingExecution ? waiting.submission.connection : undefined;
}

function timeoutError({ traceback }: ExecutionError, timeout: number): ExecutionError {
  const type = 'ExecutionTimeoutError';
  const value = `the code did not finish within ${timeout} ms and was interrupted`;
  return { type, value, traceback: `${traceback}${type}: ${value}\n` };
}
