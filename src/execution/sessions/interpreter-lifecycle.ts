import type { Logger } from '@nestjs/common';
import type { Interpreter } from '../engine/engine.js';
import { ShuttingDownError } from '../../errors/execution-errors.js';
import { CircuitOpenError, type Death, type DeathReason } from '../../errors/interpreter-death.js';
import { SessionNotFoundError } from '../../errors/session-errors.js';
import { InterpreterStartError } from '../../errors/start-errors.js';
import type { ExecutionResult } from '../execution.js';
import type { SessionId } from '../ids.js';
import { CircuitBreaker, type CircuitCondition } from './circuit-breaker.js';
import type { SessionDeath } from './session-health.js';
import type { SessionSettings, StartupCode } from './session-settings.js';
import type { SessionState } from './session-state.js';
import { startupFailure } from './startup-run.js';

/** What a session does for its interpreters, and what it is told of them. */
export interface LifecycleHooks {
  /** @throws InterpreterStartError */
  obtain(): Promise<Interpreter>;
  /** Has one that is not live yet run code, past all that waits. */
  runFirst(code: StartupCode, interpreter: Interpreter): Promise<ExecutionResult>;
  /** It has taken these milliseconds to start. */
  becameLive(interpreter: Interpreter, took: number): void;
  /** There is none, and none is being started. */
  becameFailed(reason: Error): void;
  /** @param wasLive if not, it was being made ready, or ended on purpose. */
  died(death: Death, wasLive: boolean): void;
  /** It has died, and none takes its place. */
  closed(): void;
}

const CLOSED: DeathReason = { cause: 'closed', reason: 'it was closed' };

/** The interpreters of a session, one after the other. */
export class InterpreterLifecycle {
  private state: SessionState = { kind: 'starting' };
  private started: Promise<void> = Promise.resolve();
  private readyCount = 0;
  /** What is not live yet, and may never be. */
  private beingMadeReady: Interpreter | undefined;
  /** Of the interpreter that was started last. */
  private death: Death | undefined;
  private onDeath: (() => void) | undefined;
  private latestDeath: SessionDeath | undefined;
  /** Why the last interpreter ended, or none could be started. */
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

  /** The one that may be given more to run. */
  get live(): Interpreter | undefined {
    return this.state.kind === 'live' ? this.state.interpreter : undefined;
  }

  /** The one that has what is handed over. */
  get interpreter(): Interpreter | undefined {
    return 'interpreter' in this.state ? this.state.interpreter : undefined;
  }

  /** How many have been ready. */
  get generation(): number {
    return this.readyCount;
  }

  get lastDeath(): SessionDeath | undefined {
    return this.latestDeath;
  }

  get circuitCondition(): CircuitCondition {
    return this.circuit.condition;
  }

  /** Why nothing is run any more. */
  get ended(): Error {
    return this.isDiscarded ? new SessionNotFoundError(this.session) : new ShuttingDownError();
  }

  /** Why nothing is run for a while. */
  get refusal(): CircuitOpenError | undefined {
    return this.state.kind === 'failed' ? this.circuitRefusal() : undefined;
  }

  /** Settles when what is being started is live, or never will be. */
  get isStarted(): Promise<void> {
    return this.started;
  }

  /** @throws InterpreterStartError, ShuttingDownError */
  start(): Promise<void> {
    return this.startBy(() => this.hooks.obtain(), true);
  }

  /**
   * Starts with one that has run what comes first, and more.
   *
   * @throws what `obtain` throws, InterpreterStartError, ShuttingDownError
   */
  startWith(obtain: () => Promise<Interpreter>): Promise<void> {
    return this.startBy(obtain, false);
  }

  /** Tries again, unless too many have died. */
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

  /** An execution has ended. */
  survived(): void {
    if (this.state.kind === 'live') this.circuit.survived(); // and it was not the start-up file
  }

  died(death: Death): void {
    const { cause, reason } = death;
    this.death = death;
    this.latestDeath = { cause, reason, at: new Date() };
    this.lastFailure = reason;
    const wasLive = this.state.kind === 'live';
    // Whoever is told of the end may ask for more at once: that is for the next one.
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

  /** From now on nothing begins; the interpreter finishes what it has. */
  beginClosing(): void {
    this.state = { kind: 'closing', interpreter: this.interpreter };
  }

  close(): void {
    this.state = { kind: 'closed' };
  }

  /** What is not live yet ends at once. */
  beginDiscarding(): void {
    this.isDiscarded = true;
    if (this.state.kind !== 'closed') this.beingMadeReady?.kill(CLOSED);
  }

  /** Of a session that is closed. */
  end(interpreter: Interpreter): Promise<void> {
    return this.kill(interpreter, CLOSED);
  }

  private startBy(obtain: () => Promise<Interpreter>, isNew: boolean): Promise<void> {
    this.state = { kind: 'starting' };
    this.death = undefined;
    return (this.started = this.makeLive(obtain, isNew));
  }

  private async makeLive(obtain: () => Promise<Interpreter>, isNew: boolean): Promise<void> {
    const startedAt = performance.now(); // which never jumps
    try {
      const interpreter = await obtain();
      this.beingMadeReady = interpreter;
      if (isNew) await this.runStartup(interpreter);
      if (this.death) {
        const { reason } = this.death;
        throw new InterpreterStartError(`The interpreter ended when it was ready: ${reason}.`);
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
      // Its death must not be taken for that of the next one.
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

  /** Unless too many have died. */
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

  /** Until its death is reported, another one's executions could be taken for its own. */
  private async kill(interpreter: Interpreter, reason: DeathReason): Promise<void> {
    if (this.death) return;
    const died = new Promise<void>((resolve) => (this.onDeath = resolve));
    interpreter.kill(reason);
    await died;
  }
}
