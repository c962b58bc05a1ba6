import type { Logger } from '@nestjs/common';
import { ShuttingDownError } from '../../errors/execution-errors.js';
import {
  CircuitOpenError,
  type Death,
  type DeathCause,
  type DeathReason,
} from '../../errors/interpreter-death.js';
import { SessionNotFoundError } from '../../errors/session-errors.js';
import { InterpreterStartError, NotInitializedError } from '../../errors/start-errors.js';
import type { Interpreter } from '../engine/engine.js';
import type { SessionId } from '../ids.js';
import { CircuitBreaker, type CircuitCondition } from './circuit-breaker.js';
import type { InterpreterState } from './interpreter-state.js';
import type { SessionExecutions } from './session-executions.js';
import type { SessionDeath } from './session-health.js';
import type { SessionSettings } from './session-settings.js';
import { startupFailure } from './startup-failure.js';

const WANTED: ReadonlySet<DeathCause> = new Set(['closed', 'restart']);
const CLOSED: DeathReason = { cause: 'closed', reason: 'it was closed' };

/** Starts, prepares, replaces and ends the interpreters of a session. */
export class InterpreterLifecycle {
  private started: Promise<void> = Promise.resolve();
  private readyCount = 0;
  /** The interpreter that runs start-up code, and may never be live. */
  private beingMadeReady: Interpreter | undefined;
  /** The death of the latest interpreter; undefined while it lives. */
  private death: Death | undefined;
  private onDeath: (() => void) | undefined;
  private awaitedDeath: Promise<void> | undefined;
  private latestDeath: SessionDeath | undefined;
  /** Why the last interpreter ended or failed to start. */
  private lastFailure = '';
  private isDiscarded = false;
  private isRequested = false;
  private readonly circuit: CircuitBreaker;

  constructor(
    private readonly session: SessionId,
    private readonly settings: SessionSettings,
    private readonly logger: Logger,
    private readonly state: InterpreterState,
    private readonly executions: SessionExecutions,
    /** Starts an interpreter. Rejects with an InterpreterStartError. */
    private readonly obtain: () => Promise<Interpreter>,
  ) {
    this.circuit = new CircuitBreaker(settings);
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

  /** Whether the first interpreter was requested: from then on, executions wait for it. */
  get hasBegun(): boolean {
    return this.isRequested;
  }

  /** Why executions are refused for a while; undefined if they are not. */
  get refusal(): Error | undefined {
    if (!this.hasBegun) return new NotInitializedError();
    return this.state.current.kind === 'failed' ? this.circuitRefusal() : undefined;
  }

  /** Settles when the current start has succeeded or failed. */
  get isStarted(): Promise<void> {
    return this.started;
  }

  /** @throws InterpreterStartError, ShuttingDownError */
  start(): Promise<void> {
    return this.startBy(this.obtain, true);
  }

  /**
   * Starts with a fork, which needs no start-up code.
   *
   * @returns the names of the parent's threads that the fork lacks.
   * @throws InterpreterStartError, ShuttingDownError, and whatever `obtain` throws
   */
  async startForked(obtain: () => Promise<Interpreter>): Promise<readonly string[]> {
    const forked = obtain();
    await this.startBy(() => forked, false);
    return (await forked).lostThreads;
  }

  /** Retries a failed start, unless the circuit is open. */
  startIfFailed(): void {
    if (this.state.current.kind === 'failed') this.replace();
  }

  /**
   * @throws InterpreterStartError, NotInitializedError, SessionNotFoundError, ShuttingDownError
   */
  restart(): Promise<void> {
    const { current } = this.state;
    switch (current.kind) {
      case 'closing':
      case 'closed':
        return Promise.reject(this.ended);
      case 'starting':
        return this.hasBegun ? this.started : Promise.reject(new NotInitializedError());
      case 'failed':
        this.circuit.reset();
        return this.start();
      case 'live':
        this.circuit.reset();
        return (this.started = this.replaceLive(current.interpreter));
    }
  }

  /** Records an execution that ended with its interpreter alive. */
  survived(): void {
    if (this.state.live) this.circuit.survived(); // start-up code does not count
  }

  /** Returns whether the session has ended, as the interpreter is not replaced. */
  died(death: Death): boolean {
    const { cause, reason } = death;
    this.death = death;
    this.latestDeath = { cause, reason, at: new Date() };
    this.lastFailure = reason;
    const wasLive = this.state.live !== undefined;
    // Callers may react to the death with executions: those are for the next interpreter.
    if (wasLive) this.state.become({ kind: 'starting' });
    const isWanted = this.state.current.kind === 'closed' || WANTED.has(cause);
    if (!isWanted) {
      this.logger.warn(`The interpreter of session '${this.session}' ended: ${reason}`);
    }
    this.executions.interpreterDied(death, wasLive);
    const isLast = wasLive && !this.settings.isReplaced;
    if (isLast) {
      this.close();
    } else if (wasLive) {
      this.circuit.died();
      if (!this.state.isEnding) this.replace();
    }
    this.onDeath?.();
    return isLast;
  }

  /** Lets no further execution begin; the interpreter finishes what it has. */
  beginClosing(): void {
    this.state.become({ kind: 'closing', interpreter: this.state.interpreter });
  }

  close(): void {
    this.state.become({ kind: 'closed' });
  }

  /** Kills an interpreter that is not live yet. */
  beginDiscarding(): void {
    this.isDiscarded = true;
    if (this.state.current.kind !== 'closed') this.beingMadeReady?.kill(CLOSED);
  }

  /** Ends the interpreter of a session that closes, and waits for its death. */
  end(interpreter: Interpreter): Promise<void> {
    return this.endOrKill(interpreter, CLOSED);
  }

  private startBy(obtain: () => Promise<Interpreter>, isNew: boolean): Promise<void> {
    this.state.become({ kind: 'starting' });
    this.isRequested = true;
    this.death = undefined;
    this.awaitedDeath = undefined;
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
      if (this.state.isEnding || this.death) return;
      const result = this.executions.runFirst(startup, interpreter);
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
    if (this.state.isEnding) throw new ShuttingDownError(); // the engine ends the interpreter
    this.readyCount += 1;
    this.state.become({ kind: 'live', interpreter });
    this.executions.becameLive(interpreter, performance.now() - startedAt);
  }

  private couldNotStart(error: Error): void {
    if (this.state.current.kind !== 'starting') return;
    this.circuit.died();
    this.lastFailure = error.message;
    this.becomeFailed(error);
  }

  private becomeFailed(reason: Error): void {
    this.state.become({ kind: 'failed' });
    this.executions.becameFailed(reason);
  }

  private async replaceLive(interpreter: Interpreter): Promise<void> {
    this.state.become({ kind: 'starting' });
    await this.endOrKill(interpreter, { cause: 'restart', reason: 'it was restarted' });
    if (this.state.isEnding) throw this.ended;
    await this.start();
  }

  /** Starts a new interpreter, unless the circuit is open. */
  private replace(): void {
    const refusal = this.circuitRefusal();
    if (!refusal) {
      this.start().catch((error: Error) => {
        if (!this.state.isEnding) this.logger.error(error.message);
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

  /** Lets an idle interpreter end as a program, but no temporary fork, whose files are its parent's. */
  private endOrKill(interpreter: Interpreter, reason: DeathReason): Promise<void> {
    const { exitGrace, isReplaced } = this.settings;
    if (exitGrace === 0 || !isReplaced || this.executions.queue.isRunning) {
      return this.kill(interpreter, reason);
    }
    return this.deathBy(() => interpreter.end(reason, exitGrace));
  }

  private kill(interpreter: Interpreter, reason: DeathReason): Promise<void> {
    return this.deathBy(() => interpreter.kill(reason));
  }

  /** Waits for the reported death, lest it be taken for that of the next interpreter. */
  private async deathBy(bringAbout: () => void): Promise<void> {
    if (this.death) return;
    this.awaitedDeath ??= new Promise((resolve) => (this.onDeath = resolve));
    bringAbout();
    await this.awaitedDeath;
  }
}
