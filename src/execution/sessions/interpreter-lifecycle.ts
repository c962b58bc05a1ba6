import type { Logger } from '@nestjs/common';
import { ShuttingDownError } from '../../errors/execution-errors.js';
import { CircuitOpenError, type Death, type DeathReason } from '../../errors/interpreter-death.js';
import { SessionNotFoundError } from '../../errors/session-errors.js';
import { InterpreterStartError } from '../../errors/start-errors.js';
import type { ForkedInterpreter, Interpreter } from '../engine/engine.js';
import type { ExecutionResult } from '../execution.js';
import type { SessionId } from '../ids.js';
import { CircuitBreaker, type CircuitCondition } from './circuit-breaker.js';
import type { SessionDeath } from './session-health.js';
import type { SessionSettings, StartupCode } from './session-settings.js';
import { startupFailure } from './startup-failure.js';

/**
 * State of a session, which outlives its interpreters:
 *
 *     starting ──> live ──> starting …      the interpreter died or is restarted: another replaces it
 *        │           │
 *        v           └──> closing ──> closed
 *     failed ──> starting …                 no interpreter: a start failed, or too many died; the next
 *                                           execution that the circuit breaker lets through tries again
 */
export type SessionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'live'; readonly interpreter: Interpreter }
  | { readonly kind: 'failed' }
  | { readonly kind: 'closing'; readonly interpreter: Interpreter | undefined }
  | { readonly kind: 'closed' };

/** How a session supplies interpreters to its lifecycle, and learns of their states. */
export interface LifecycleHooks {
  /** @throws InterpreterStartError */
  obtain(): Promise<Interpreter>;
  /** Runs code in an interpreter that is not live yet, ahead of all waiting executions. */
  runFirst(code: StartupCode, interpreter: Interpreter): Promise<ExecutionResult>;
  /** @param took milliseconds from the start until the interpreter was live. */
  becameLive(interpreter: Interpreter, took: number): void;
  /** The session has no interpreter and starts none. */
  becameFailed(reason: Error): void;
  /** @param wasLive false if the interpreter was being prepared, or was ended on purpose. */
  died(death: Death, wasLive: boolean): void;
  /** The interpreter has died and is not replaced. */
  closed(): void;
}

const CLOSED: DeathReason = { cause: 'closed', reason: 'it was closed' };

/** Starts, prepares, replaces and ends the interpreters of a session. */
export class InterpreterLifecycle {
  private state: SessionState = { kind: 'starting' };
  private started: Promise<void> = Promise.resolve();
  private readyCount = 0;
  /** The interpreter that runs start-up code, and may never be live. */
  private beingMadeReady: Interpreter | undefined;
  /** The death of the latest interpreter; undefined while it lives. */
  private death: Death | undefined;
  private onDeath: (() => void) | undefined;
  private latestDeath: SessionDeath | undefined;
  /** Why the last interpreter ended or failed to start. */
  private lastFailure = '';
  private isDiscarded = false;
  private readonly circuit: CircuitBreaker;

  constructor(
    private readonly session: SessionId,
    private readonly settings: SessionSettings,
    private readonly logger: Logger,
    private readonly hooks: LifecycleHooks,
  ) {
    this.circuit = new CircuitBreaker(settings);
  }

  get stage(): SessionState['kind'] {
    return this.state.kind;
  }

  get isEnding(): boolean {
    return this.state.kind === 'closing' || this.state.kind === 'closed';
  }

  /** The interpreter that accepts executions; undefined if none does. */
  get live(): Interpreter | undefined {
    return this.state.kind === 'live' ? this.state.interpreter : undefined;
  }

  /**
   * The interpreter that has the executions handed over: live, or finishing while the session
   * closes.
   */
  get interpreter(): Interpreter | undefined {
    return 'interpreter' in this.state ? this.state.interpreter : undefined;
  }

  /** Counts the interpreters that became live. */
  get generation(): number {
    return this.readyCount;
  }

  get lastDeath(): SessionDeath | undefined {
    return this.latestDeath;
  }

  get circuitCondition(): CircuitCondition {
    return this.circuit.condition;
  }

  /** Why a session that is ending refuses executions. */
  get ended(): Error {
    return this.isDiscarded ? new SessionNotFoundError(this.session) : new ShuttingDownError();
  }

  /** Why executions are refused for a while; undefined if they are not. */
  get refusal(): CircuitOpenError | undefined {
    return this.state.kind === 'failed' ? this.circuitRefusal() : undefined;
  }

  /** Settles when the current start has succeeded or failed. */
  get isStarted(): Promise<void> {
    return this.started;
  }

  /** @throws InterpreterStartError, ShuttingDownError */
  start(): Promise<void> {
    return this.startBy(() => this.hooks.obtain(), true);
  }

  /**
   * Starts with a fork, which needs no start-up code.
   *
   * @returns the names of the parent's threads that the fork lacks.
   * @throws InterpreterStartError, ShuttingDownError, and whatever `obtain` throws
   */
  async startForked(obtain: () => Promise<ForkedInterpreter>): Promise<readonly string[]> {
    const forked = obtain();
    await this.startBy(() => forked.then(({ interpreter }) => interpreter), false);
    return (await forked).lostThreads;
  }

  /** Retries a failed start, unless the circuit is open. */
  startIfFailed(): void {
    if (this.state.kind === 'failed') this.replace();
  }

  /** @throws InterpreterStartError, SessionNotFoundError, ShuttingDownError */
  restart(): Promise<void> {
    switch (this.state.kind) {
      case 'closing':
      case 'closed':
        return Promise.reject(this.ended);
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

  /** Records an execution that ended with its interpreter alive. */
  survived(): void {
    if (this.state.kind === 'live') this.circuit.survived(); // start-up code does not count
  }

  died(death: Death): void {
    const { cause, reason } = death;
    this.death = death;
    this.latestDeath = { cause, reason, at: new Date() };
    this.lastFailure = reason;
    const wasLive = this.state.kind === 'live';
    // Callers may react to the death with executions: those are for the next interpreter.
    if (wasLive) this.state = { kind: 'starting' };
    if (this.state.kind !== 'closed' && cause !== 'restart') {
      this.logger.warn(`The interpreter of session '${this.session}' ended: ${reason}`);
    }
    this.hooks.died(death, wasLive);
    if (wasLive && this.settings.isReplaced) {
      this.circuit.died();
      if (!this.isEnding) this.replace();
    } else if (wasLive) {
      this.close();
      this.hooks.closed();
    }
    this.onDeath?.();
  }

  /** Lets no further execution begin; the interpreter finishes what it has. */
  beginClosing(): void {
    this.state = { kind: 'closing', interpreter: this.interpreter };
  }

  close(): void {
    this.state = { kind: 'closed' };
  }

  /** Kills an interpreter that is not live yet. */
  beginDiscarding(): void {
    this.isDiscarded = true;
    if (this.state.kind !== 'closed') this.beingMadeReady?.kill(CLOSED);
  }

  /** Kills the interpreter of a closed session and waits for its death. */
  end(interpreter: Interpreter): Promise<void> {
    return this.kill(interpreter, CLOSED);
  }

  private startBy(obtain: () => Promise<Interpreter>, isNew: boolean): Promise<void> {
    this.state = { kind: 'starting' };
    this.death = undefined;
    return (this.started = this.makeLive(obtain, isNew));
  }

  private async makeLive(obtain: () => Promise<Interpreter>, isNew: boolean): Promise<void> {
    const startedAt = performance.now(); // monotonic
    try {
      const interpreter = await obtain();
      this.beingMadeReady = interpreter;
      if (isNew) await this.runStartup(interpreter);
      if (this.death) {
        const { reason } = this.death;
        throw new InterpreterStartError(`The interpreter ended as it became ready: ${reason}.`);
      }
      this.becomeLive(interpreter, startedAt);
    } catch (error) {
      this.couldNotStart(error as Error);
      throw error;
    } finally {
      this.beingMadeReady = undefined;
    }
  }

  private async runStartup(interpreter: Interpreter): Promise<void> {
    for (const startup of this.settings.startup) {
      if (this.isEnding || this.death) return;
      const result = this.hooks.runFirst(startup, interpreter);
      const failure = await startupFailure(startup, result, this.logger);
      if (!failure) continue;
      // Waits for the death, which must not be taken for the next interpreter's.
      await this.kill(interpreter, {
        cause: 'start',
        reason: `${startup.what} raised an exception`,
      });
      throw failure;
    }
  }

  private becomeLive(interpreter: Interpreter, startedAt: number): void {
    if (this.isEnding) throw new ShuttingDownError(); // the engine ends the interpreter
    this.readyCount += 1;
    this.state = { kind: 'live', interpreter };
    this.hooks.becameLive(interpreter, performance.now() - startedAt);
  }

  private couldNotStart(error: Error): void {
    if (this.state.kind !== 'starting') return;
    this.circuit.died();
    this.lastFailure = error.message;
    this.becomeFailed(error);
  }

  private becomeFailed(reason: Error): void {
    this.state = { kind: 'failed' };
    this.hooks.becameFailed(reason);
  }

  private async replaceLive(interpreter: Interpreter): Promise<void> {
    this.state = { kind: 'starting' };
    await this.kill(interpreter, { cause: 'restart', reason: 'it was restarted' });
    if (this.isEnding) throw this.ended;
    await this.start();
  }

  /** Starts a new interpreter, unless the circuit is open. */
  private replace(): void {
    const refusal = this.circuitRefusal();
    if (!refusal) {
      this.start().catch((error: Error) => {
        if (!this.isEnding) this.logger.error(error.message);
      });
      return;
    }
    this.logger.error(refusal.message);
    this.becomeFailed(refusal);
  }

  private circuitRefusal(): CircuitOpenError | undefined {
    const { openFor } = this.circuit;
    if (openFor === 0) return undefined;
    const { deathLimit, deathWindow } = this.settings;
    return new CircuitOpenError(deathLimit, deathWindow, openFor, this.lastFailure);
  }

  /** Kills and waits for the reported death, lest it be taken for that of the next interpreter. */
  private async kill(interpreter: Interpreter, reason: DeathReason): Promise<void> {
    if (this.death) return;
    const died = new Promise<void>((resolve) => (this.onDeath = resolve));
    interpreter.kill(reason);
    await died;
  }
}
