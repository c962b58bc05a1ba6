import type { Logger } from '@nestjs/common';
import type { Interpreter, InterpreterEngine, InterpreterObserver } from '../engine/engine.js';
import type { ExecutionObserver } from '../observing/execution-observer.js';
import type { CallSession } from '../calls/call-session.js';
import { inPresentContext, waitingCallsOf } from '../calls/waiting-python.js';
import { PythonCalls } from '../calls/python-calls.js';
import { ShuttingDownError } from '../../errors/execution-errors.js';
import type { ExecuteOptions, StreamOptions } from '../execution.js';
import { ExecutionStream } from '../execution-stream.js';
import {
  type ConnectionId,
  type ExecutionId,
  type KeptId,
  MAIN_SESSION,
  type SessionId,
} from '../ids.js';
import { joinedOnDemand } from '../joined-on-demand.js';
import { described } from '../thrown.js';
import { callersListener } from './callers-listener.js';
import type { Connection, ConnectionListener } from './connection.js';
import { ExecutionAdmission } from './execution-admission.js';
import type { ExecutionQueue } from './execution-queue.js';
import { InterpreterLifecycle } from './interpreter-lifecycle.js';
import { InterpreterState } from './interpreter-state.js';
import { IsolatedExecutions } from './isolated-executions.js';
import type { OperationResult } from './pending-execution.js';
import type { PythonSession, SessionCondition, SessionInfo } from './python-session.js';
import {
  type ExecutionListeners,
  type SessionActivity,
  SessionExecutions,
} from './session-executions.js';
import { SessionConnections } from './session-connections.js';
import type { SessionEvent, SessionEventBody } from './session-event.js';
import type { SessionHealth } from './session-health.js';
import { SessionOperations } from './session-operations.js';
import type { SessionSettings } from './session-settings.js';

/** The services that a session shares with the other sessions of its Python. */
export interface SessionServices {
  readonly engine: InterpreterEngine;
  readonly logger: Logger;
  /** Receives the session's events. Default: none are sent. */
  readonly tell?: ((event: SessionEvent) => void) | undefined;
  readonly observer: ExecutionObserver;
}

/** Persistent namespace: an execution queue, and an interpreter that is replaced when it dies. */
export class InterpreterSession extends PythonCalls implements PythonSession {
  readonly callSession: CallSession = new SessionOperations(this);
  private readonly state = new InterpreterState();
  private readonly lifecycle: InterpreterLifecycle;
  private readonly connections: SessionConnections;
  private readonly executions: SessionExecutions;
  private readonly queue: ExecutionQueue;
  private readonly activity: SessionActivity;
  private readonly admission: ExecutionAdmission;
  private readonly interpreterObserver: InterpreterObserver;
  private readonly isolated: IsolatedExecutions<InterpreterSession>;
  private discarded: Promise<void> | undefined;
  private hasToldClosed = false;

  constructor(
    readonly id: SessionId,
    private readonly settings: SessionSettings,
    private readonly services: SessionServices,
  ) {
    super();
    const { state } = this;
    this.connections = new SessionConnections(settings.outputLimit);
    this.executions = new SessionExecutions(settings, state, this.connections, (event) =>
      this.emit(event),
    );
    this.queue = this.executions.queue;
    this.activity = this.executions.activity;
    const { engine, logger, observer } = services;
    const { cwd, env, limits } = settings;
    this.lifecycle = new InterpreterLifecycle(id, settings, logger, state, this.executions, () =>
      engine.startInterpreter({ session: id, cwd, env, limits }, this.interpreterObserver),
    );
    this.admission = new ExecutionAdmission(
      this,
      settings,
      observer,
      state,
      this.lifecycle,
      this.queue,
    );
    this.interpreterObserver = this.observeInterpreter();
    this.isolated = new IsolatedExecutions(settings.queueLimit, {
      unstartedFork: () => this.unstartedFork(id, undefined, { isReplaced: false }),
      start: (fork) => fork.startAsForkOf(this),
    });
  }

  /** Counts the interpreters that this session has had. */
  get generation(): number {
    return this.lifecycle.generation;
  }

  get condition(): SessionCondition {
    const { kind } = this.state.current;
    if (kind !== 'live') return kind;
    return this.queue.size > 0 ? 'busy' : 'idle';
  }

  /** Whether the session starts, has executions or has connections. */
  get isInUse(): boolean {
    if (this.condition === 'busy' || this.condition === 'starting') return true;
    return !this.isolated.isEmpty || !this.connections.isEmpty;
  }

  /** Whether its start was requested. */
  get hasBegun(): boolean {
    return this.lifecycle.hasBegun;
  }

  /** Names of the threads that this fork lacks, as long as its first interpreter lives. */
  get lostThreads(): readonly string[] {
    return this.state.interpreter?.lostThreads ?? [];
  }

  get connectionCount(): number {
    return this.connections.size;
  }

  /** Milliseconds since the last execution. */
  get idleFor(): number {
    return this.activity.idleFor;
  }

  async info(): Promise<SessionInfo> {
    const interpreter = this.state.live;
    const memory = await interpreter?.memory();
    return {
      id: this.id,
      state: this.condition,
      cwd: this.settings.cwd ?? process.cwd(),
      generation: this.generation,
      pid: interpreter?.pid,
      executions: this.activity.executions,
      pending: this.queue.size,
      createdAt: new Date(this.activity.createdAt),
      lastActiveAt: new Date(this.activity.lastAt),
      memory,
    };
  }

  get health(): SessionHealth {
    return {
      state: this.condition,
      generation: this.generation,
      lastDeath: this.lifecycle.lastDeath,
      queue: { pending: this.queue.size, limit: this.settings.queueLimit },
      circuit: this.lifecycle.circuitCondition,
    };
  }

  /** @throws InterpreterStartError */
  start(): Promise<void> {
    return this.lifecycle.start();
  }

  /**
   * Starts with a fork of the parent's interpreter, made when its turn in the parent's queue comes.
   *
   * @returns the names of the parent's threads that the fork lacks.
   * @throws InterpreterStartError, InterpreterDiedError
   */
  startAsForkOf(parent: InterpreterSession): Promise<readonly string[]> {
    return this.lifecycle.startForked(() =>
      parent.inTurn((interpreter) =>
        this.services.engine.forkInterpreter(interpreter, this.id, this.interpreterObserver),
      ),
    );
  }

  /** Calls `begin` once every earlier request has been submitted. */
  private inTurn<Result>(begin: (interpreter: Interpreter) => Promise<Result>): Promise<Result> {
    const refusal = this.admission.refusal('', {});
    if (refusal) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.executions.add({
        begin: (interpreter) => void begin(interpreter).then(resolve, reject),
        fail: reject,
      });
      this.lifecycle.startIfFailed();
    });
  }

  execute(
    code: string,
    options: ExecuteOptions = {},
    listeners: ExecutionListeners = {},
  ): Promise<OperationResult> {
    const observed = listeners.observed ?? this.admission.observed(options, listeners);
    const refusal = this.admission.refusal(code, options);
    if (refusal) {
      observed?.failed(refusal);
      return Promise.reject(refusal);
    }
    if (options.isolated) return this.executeIsolated(code, options, { ...listeners, observed });
    const result = this.executions.run(code, this.asking(options), { ...listeners, observed });
    this.lifecycle.startIfFailed();
    return result;
  }

  /** Runs the code in a fork made when its turn comes, and discarded afterwards. */
  private async executeIsolated(
    code: string,
    options: ExecuteOptions,
    listeners: ExecutionListeners,
  ): Promise<OperationResult> {
    try {
      return await this.isolated.run(async (fork) => {
        const result = await fork.execute(code, { ...options, isolated: false }, listeners);
        const { lostThreads } = fork;
        return lostThreads.length > 0 ? { ...result, lostThreads } : result;
      }, options.signal);
    } catch (error) {
      listeners.observed?.failed(error as Error); // the fork may not have begun it
      throw error;
    } finally {
      this.activity.goesOn();
    }
  }

  /** Has `onInput` answer in the async context of the request, as its code waits for it. */
  private asking(options: ExecuteOptions): ExecuteOptions {
    const { onInput } = options;
    if (!onInput) return options;
    const waitingCall = waitingCallsOf(this);
    return { ...options, onInput: (request) => waitingCall(onInput, request) };
  }

  stream(code: string, { ready, onInput, ...options }: StreamOptions = {}): ExecutionStream {
    const bound = onInput && { onInput: inPresentContext(onInput) };
    return new ExecutionStream(
      (listener, left) => {
        const signal = options.signal ? AbortSignal.any([options.signal, left]) : left;
        return this.execute(code, { ...options, ...bound, signal }, { listener });
      },
      ready && inPresentContext(ready),
    );
  }

  protected override callSessionOf(): CallSession {
    return this.callSession;
  }

  /** Lets Python drop a kept object, after the earlier requests, which may use it. */
  release(id: KeptId): void {
    // Without an interpreter, the object is gone.
    if (this.state.current.kind === 'failed' || this.state.isEnding) return;
    this.queue.addUncounted((interpreter) => interpreter.release(id));
    this.executions.handOver();
  }

  /** Returns a session with the same settings and services, without an interpreter yet. */
  unstartedFork(
    id: SessionId,
    tell?: (event: SessionEvent) => void,
    settings: Partial<SessionSettings> = {},
  ): InterpreterSession {
    return new InterpreterSession(
      id,
      { ...this.settings, ...settings },
      { ...this.services, tell },
    );
  }

  connect(listener: ConnectionListener): Connection {
    const id = this.connections.newId();
    this.connections.add(
      id,
      callersListener(listener, (error) => this.listenerFailed(id, error)),
    );
    this.state.live?.connectionOpened(id);
    return {
      id,
      execute: (code, options) => this.execute(code, options, { connection: id }),
      close: () => {
        if (this.connections.remove(id)) this.state.live?.connectionClosed(id);
      },
    };
  }

  /** Fails the execution that came over the connection; logs the error if there is none. */
  private listenerFailed(id: ConnectionId, error: unknown): void {
    const execution = this.queue.find(({ submission }) => submission.connection === id);
    if (execution) {
      execution.callbackFailed(error);
      return;
    }
    const { logger } = this.services;
    const { stack, message } = described(error);
    logger.error(`A listener of session '${this.id}' failed: ${stack || message}`);
  }

  /**
   * Raises KeyboardInterrupt in the running code, isolated too. Returns whether any was running.
   */
  interrupt(): boolean {
    const { live } = this.state;
    if (!live) return false;
    const isIsolatedRunning = this.isolated.interrupt();
    return this.queue.interrupt(live) || isIsolatedRunning;
  }

  /**
   * Ends the interpreter and starts another. Running and waiting executions fail with an
   * `InterpreterDiedError`.
   *
   * @throws InterpreterStartError, SessionNotFoundError, ShuttingDownError
   */
  async restart(): Promise<void> {
    if (this.state.live) this.queue.tieToInterpreter(); // later ones are for the next
    return this.lifecycle.restart();
  }

  /**
   * Refuses the waiting executions, and lets the running one finish and the interpreter end as a
   * program.
   *
   * @param grace milliseconds until the running execution is interrupted.
   */
  async close(grace: number): Promise<void> {
    if (this.state.isEnding) return this.discarded;
    const { interpreter } = this.state;
    this.lifecycle.beginClosing();
    this.queue.withdraw(new ShuttingDownError(), interpreter);
    const ends = [this.isolated.close(grace)];
    if (interpreter && this.queue.isRunning) {
      ends.push(this.executions.finish(interpreter, grace));
    }
    await Promise.all(ends);
    if (interpreter) await this.lifecycle.end(interpreter);
    this.lifecycle.close();
    this.tellClosed();
  }

  /**
   * Ends without waiting for executions: those that run or wait fail with an
   * `InterpreterDiedError`. If there are none, the interpreter ends as a program.
   */
  discard(): Promise<void> {
    return (this.discarded ??= this.endWithoutWaiting());
  }

  private async endWithoutWaiting(): Promise<void> {
    this.lifecycle.beginDiscarding();
    if (this.state.current.kind === 'closed') return;
    // A failed start is reported to its caller.
    do await this.lifecycle.isStarted.catch(() => undefined);
    while (this.state.current.kind === 'starting');
    const { interpreter } = this.state;
    this.queue.tieToInterpreter();
    if (this.queue.isRunning) this.lifecycle.close();
    else this.lifecycle.beginClosing();
    const ends = [this.isolated.discard()];
    if (interpreter) ends.push(this.lifecycle.end(interpreter));
    await Promise.all(ends);
    this.lifecycle.close();
    this.connections.close();
    this.tellClosed();
  }

  /** Emits `closed` once, as several paths lead here. */
  private tellClosed(): void {
    if (this.hasToldClosed) return;
    this.hasToldClosed = true;
    this.emit({ type: 'closed' });
  }

  private emit(event: SessionEventBody): void {
    this.services.tell?.({
      session: this.id,
      generation: this.generation,
      ...event,
    });
  }

  /** Routes the interpreter's reports to the executions, the connections and the lifecycle. */
  private observeInterpreter(): InterpreterObserver {
    const { id: session, executions, connections, lifecycle } = this;
    const { queue } = executions;
    const { logger } = this.services;
    const find = (id: ExecutionId) => queue.find(({ submission }) => submission.id === id);
    return {
      done: (id, outcome) => {
        lifecycle.survived();
        executions.done(id, outcome);
      },
      began: (id, count) => find(id)?.began(count),
      showed: (id, shown) => find(id)?.showed(shown),
      printed: (id, stream, bytes) => queue.first(id).printed(stream, bytes),
      printedBetweenRuns: (stream, bytes) => connections.printedBetweenRuns(stream, bytes),
      pushed: (connection, message) => {
        const stream = queue.find(
          ({ submission }) => submission.ownsConnection && submission.connection === connection,
        );
        if (stream) return stream.tell(joinedOnDemand({ type: 'push', message }));
        return connections.pushed(connection, message);
      },
      asked: (id, question) => void executions.answerInput(id, question),
      logged: (text) => logger.log(session === MAIN_SESSION ? text : `[${session}] ${text}`),
      died: (death) => {
        const isLast = lifecycle.died(death);
        executions.idle();
        if (isLast) this.tellClosed();
      },
    };
  }
}
