import type { Logger } from '@nestjs/common';
import type { InterpreterEngine } from '../engine/engine.js';
import type { ExecutionObserver } from '../observing/execution-observer.js';
import type { CallSession } from '../calls/call-session.js';
import { PythonCalls } from '../calls/python-calls.js';
import type { Interpreter } from '../engine/engine.js';
import { ShuttingDownError } from '../../errors/execution-errors.js';
import type { ExecuteOptions, StreamOptions } from '../execution.js';
import { ExecutionStream } from '../execution-stream.js';
import type { KeptId, SessionId } from '../ids.js';
import type { Connection, ConnectionListener } from './connection.js';
import { type ExecutionListeners, ExecutionAdmission } from './execution-admission.js';
import type { ExecutionQueue } from './execution-queue.js';
import { InterpreterLifecycle, type LifecycleHooks } from './interpreter-lifecycle.js';
import { InterpreterReports } from './interpreter-reports.js';
import { IsolatedExecutions } from './isolated-executions.js';
import type { OperationResult } from './operation-result.js';
import type { PythonSession, SessionCondition, SessionInfo } from './python-session.js';
import type { SessionActivity } from './session-activity.js';
import { SessionConnections } from './session-connections.js';
import type { SessionEvent, SessionOccurrence } from './session-event.js';
import { SessionExecutions } from './session-executions.js';
import type { SessionHealth } from './session-health.js';
import { SessionOperations } from './session-operations.js';
import type { SessionSettings } from './session-settings.js';

/** The services that a session shares with the other sessions of its Python. */
export interface SessionServices {
  readonly engine: InterpreterEngine;
  readonly logger: Logger;
  /** Is told of the session's events; by default nothing is. */
  readonly tell?: ((event: SessionEvent) => void) | undefined;
  readonly observer: ExecutionObserver;
}

/** One persistent namespace: a queue, and an interpreter that is replaced when it dies. */
export class InterpreterSession extends PythonCalls implements PythonSession {
  /** What `call()` and its like are performed by. */
  readonly callSession: CallSession = new SessionOperations(this);
  private readonly lifecycle: InterpreterLifecycle;
  private readonly connections: SessionConnections;
  private readonly executions: SessionExecutions;
  private readonly queue: ExecutionQueue;
  private readonly activity: SessionActivity;
  private readonly admission: ExecutionAdmission;
  private readonly reports: InterpreterReports;
  private readonly isolated: IsolatedExecutions<InterpreterSession>;
  private discarded: Promise<void> | undefined;
  private hasToldClosed = false;

  constructor(
    readonly id: SessionId,
    private readonly settings: SessionSettings,
    private readonly services: SessionServices,
  ) {
    super();
    const { logger, observer } = services;
    this.lifecycle = new InterpreterLifecycle(id, settings, logger, this.hooks());
    this.connections = new SessionConnections(settings.outputLimit);
    const { lifecycle, connections } = this;
    this.executions = new SessionExecutions(settings, lifecycle, connections, (event) =>
      this.occurred(event),
    );
    const { executions } = this;
    this.queue = executions.queue;
    this.activity = executions.activity;
    this.admission = new ExecutionAdmission(
      this,
      settings,
      observer,
      lifecycle,
      executions.queue,
      connections,
    );
    this.reports = new InterpreterReports(id, logger, lifecycle, executions, connections);
    this.isolated = new IsolatedExecutions(settings.queueLimit, {
      copy: () => this.copy(id, undefined, { isReplaced: false }),
      start: (copy) => copy.startAsForkOf(this),
    });
  }

  /** How many interpreters this session has had. */
  get generation(): number {
    return this.lifecycle.generation;
  }

  get condition(): SessionCondition {
    const { stage } = this.lifecycle;
    if (stage !== 'live') return stage;
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
    return this.activity.idleFor;
  }

  async info(): Promise<SessionInfo> {
    const interpreter = this.lifecycle.live;
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

  /** How well it is. */
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
   * Starts with a copy of the state that `parent` has when its turn has come.
   *
   * @returns the names of the threads that did not survive.
   * @throws InterpreterStartError, InterpreterDiedError
   */
  async startAsForkOf(parent: InterpreterSession): Promise<readonly string[]> {
    let lostThreads: readonly string[] = [];
    await this.lifecycle.startWith(async () => {
      const fork = await parent.inTurn((interpreter) =>
        this.services.engine.forkInterpreter(interpreter, this.id, this.reports),
      );
      ({ lostThreads } = fork);
      return fork.interpreter;
    });
    return lostThreads;
  }

  /** Calls `begin` when all that has been asked for so far is submitted. */
  private inTurn<Result>(begin: (interpreter: Interpreter) => Promise<Result>): Promise<Result> {
    const refusal = this.admission.refusal('', {});
    if (refusal) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.executions.add({
        begin: (interpreter) => void begin(interpreter).then(resolve, reject),
        fail: reject,
      });
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
    const execution = this.admission.pending(code, options, { ...listeners, observed });
    return this.executions.run(execution, options.signal);
  }

  /** In a fork that has the state of the time when its turn has come, and is gone with it. */
  private async executeIsolated(
    code: string,
    options: ExecuteOptions,
    listeners: ExecutionListeners,
  ): Promise<OperationResult> {
    try {
      return await this.isolated.run(
        (copy) => copy.execute(code, { ...options, isolated: false }, listeners),
        options.signal,
      );
    } catch (error) {
      listeners.observed?.failed(error as Error); // it may not even have begun
      throw error;
    } finally {
      this.activity.goesOn();
    }
  }

  stream(code: string, { ready, ...options }: StreamOptions = {}): ExecutionStream {
    return new ExecutionStream((listener, left) => {
      const signal = options.signal ? AbortSignal.any([options.signal, left]) : left;
      return this.execute(code, { ...options, signal }, { listener });
    }, ready);
  }

  protected override performerOf(): CallSession {
    return this.callSession;
  }

  /** What Python has kept is let go: after all that was asked for so far, which may be about it. */
  release(id: KeptId): void {
    if (this.lifecycle.stage === 'failed' || this.lifecycle.isEnding) return; // it is gone anyway
    this.queue.addUncounted((interpreter) => interpreter.release(id));
    this.executions.handOver();
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
      { ...this.services, tell },
    );
  }

  connect(listener: ConnectionListener): Connection {
    const id = this.connections.newId();
    this.connections.add(id, listener);
    this.lifecycle.live?.connectionOpened(id);
    return {
      id,
      execute: (code, options) => this.execute(code, options, { connection: id }),
      close: () => {
        if (this.connections.remove(id)) this.lifecycle.live?.connectionClosed(id);
      },
    };
  }

  /** Raises KeyboardInterrupt in the code that runs now, also in isolation. Answers whether any does. */
  interrupt(): boolean {
    const { live } = this.lifecycle;
    if (!live) return false;
    const isIsolatedRunning = this.isolated.interrupt();
    return this.queue.interrupt(live) || isIsolatedRunning;
  }

  /**
   * Ends the interpreter and starts another. What runs and waits is answered with an
   * `InterpreterDiedError`.
   *
   * @throws InterpreterStartError, SessionNotFoundError, ShuttingDownError
   */
  async restart(): Promise<void> {
    if (this.lifecycle.live) this.queue.tieToInterpreter(); // what comes from now on is for the next one
    return this.lifecycle.restart();
  }

  /**
   * Refuses what waits, and lets finish what runs.
   *
   * @param grace milliseconds until that is interrupted.
   */
  async close(grace: number): Promise<void> {
    if (this.lifecycle.isEnding) return;
    const { interpreter } = this.lifecycle;
    this.lifecycle.beginClosing();
    this.queue.withdraw(new ShuttingDownError(), interpreter);
    const ends = [this.isolated.close(grace)];
    if (interpreter && this.queue.isRunning) {
      ends.push(this.executions.finish(interpreter, grace));
    }
    await Promise.all(ends);
    this.lifecycle.close();
    this.tellClosed();
  }

  /** Ends it at once: what runs and waits is answered with an `InterpreterDiedError`. */
  discard(): Promise<void> {
    return (this.discarded ??= this.endAtOnce());
  }

  private async endAtOnce(): Promise<void> {
    this.lifecycle.beginDiscarding();
    if (this.lifecycle.stage === 'closed') return;
    // Who asked for that has been told.
    do await this.lifecycle.isStarted.catch(() => undefined);
    while (this.lifecycle.stage === 'starting');
    const { interpreter } = this.lifecycle;
    this.queue.tieToInterpreter();
    this.lifecycle.close();
    const ends = [this.isolated.discard()];
    if (interpreter) ends.push(this.lifecycle.end(interpreter));
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

  private occurred(event: SessionOccurrence): void {
    this.services.tell?.({
      session: this.id,
      generation: this.generation,
      ...event,
    });
  }

  private hooks(): LifecycleHooks {
    const { cwd, env, limits } = this.settings;
    const spec = { session: this.id, cwd, env, limits };
    return {
      obtain: () => this.services.engine.startInterpreter(spec, this.reports),
      runFirst: ({ code, filename }, interpreter) => {
        const execution = this.admission.pending(code, { filename }, {});
        return this.executions.runFirst(execution, interpreter);
      },
      becameLive: (interpreter, took) => this.executions.becameLive(interpreter, took),
      becameFailed: (reason) => this.executions.becameFailed(reason),
      died: (death, wasLive) => this.executions.interpreterDied(death, wasLive),
      closed: () => this.tellClosed(),
    };
  }
}
