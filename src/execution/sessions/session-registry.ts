import { type Observable, Subject } from 'rxjs';
import { ShuttingDownError } from '../../errors/execution-errors.js';
import {
  SessionBusyError,
  SessionExistsError,
  SessionNotFoundError,
  SessionOptionsError,
  SessionPermanentError,
  TooManySessionsError,
} from '../../errors/session-errors.js';
import { NotInitializedError, PreloadError } from '../../errors/start-errors.js';
import { MAIN_SESSION, type SessionId } from '../ids.js';
import { InterpreterSession } from './interpreter-session.js';
import type { SessionFork } from './python-session.js';
import type { SessionEvent } from './session-event.js';
import { type SessionOptions, sessionId } from './session-options.js';

export interface RegistryLimits {
  readonly maxSessions: number;
  /** Milliseconds after which an idle session is closed; 0 for never. */
  readonly idleTimeout: number;
}

/** @throws SessionOptionsError */
type NewSession = (
  id: SessionId,
  options: SessionOptions,
  tell: (event: SessionEvent) => void,
) => InterpreterSession;

/** Longest interval, in milliseconds, between two checks for idle sessions. */
const MAX_CHECK_INTERVAL = 30_000;

/** All sessions of a Python: `main`, which always exists, and those created beside it. */
export class SessionRegistry {
  readonly main: InterpreterSession;
  private readonly sessions = new Map<string, InterpreterSession>();
  private readonly subject = new Subject<SessionEvent>();
  readonly tell = (event: SessionEvent): void => this.take(event);
  private culling: NodeJS.Timeout | undefined;
  private isClosing = false;

  constructor(
    private readonly newSession: NewSession,
    private readonly limits: RegistryLimits,
  ) {
    this.main = newSession(MAIN_SESSION, {}, this.tell);
    this.sessions.set(MAIN_SESSION, this.main);
    if (limits.idleTimeout > 0) {
      const interval = Math.min(MAX_CHECK_INTERVAL, limits.idleTimeout / 2);
      this.culling = setInterval(() => this.closeIdle(), interval).unref();
    }
  }

  get events(): Observable<SessionEvent> {
    return this.subject;
  }

  get all(): readonly InterpreterSession[] {
    return [...this.sessions.values()];
  }

  has(id: string): boolean {
    return this.sessions.has(id);
  }

  /** @throws SessionNotFoundError, ShuttingDownError */
  get(id: string): InterpreterSession {
    const session = this.sessions.get(id);
    if (session) return session;
    throw this.isClosing ? new ShuttingDownError() : new SessionNotFoundError(id);
  }

  /**
   * @throws SessionOptionsError, SessionExistsError, TooManySessionsError, InterpreterStartError,
   * ShuttingDownError
   */
  async create(options: SessionOptions): Promise<InterpreterSession> {
    const id = this.freeId(options.id);
    const session = this.newSession(id, options, this.tell);
    await this.register(session, undefined, () => session.start());
    return session;
  }

  /**
   * @throws SessionNotFoundError, SessionBusyError, SessionOptionsError, SessionExistsError,
   * TooManySessionsError, InterpreterStartError, ShuttingDownError
   */
  async fork(parentId: string, id: string | undefined): Promise<SessionFork> {
    const parent = this.get(parentId);
    if (!this.main.hasBegun) throw new NotInitializedError();
    const { condition } = parent;
    if (condition !== 'idle') throw new SessionBusyError(parentId, condition);
    const session = parent.unstartedFork(this.freeId(id), this.tell);
    const start = () => session.startAsForkOf(parent);
    const lostThreads = await this.register(session, parentId, start);
    return { session, lostThreads };
  }

  /** @throws SessionNotFoundError, SessionPermanentError */
  async close(id: string): Promise<void> {
    const session = this.get(id);
    if (session === this.main) throw new SessionPermanentError(id);
    await session.discard();
  }

  /** Closes all sessions; see `InterpreterSession.close()`. */
  async closeAll(grace: number): Promise<void> {
    clearInterval(this.culling);
    this.isClosing = true;
    await Promise.all(this.all.map((session) => session.close(grace)));
    this.subject.complete();
  }

  private freeId(wanted: string | undefined): SessionId {
    if (this.isClosing) throw new ShuttingDownError();
    if (!this.main.hasBegun) throw new NotInitializedError();
    const id = sessionId(wanted);
    if (this.sessions.has(id)) throw new SessionExistsError(id);
    if (this.sessions.size >= this.limits.maxSessions) {
      throw new TooManySessionsError(this.limits.maxSessions);
    }
    return id;
  }

  /** Adds the session before it starts, so that it counts towards the limit. */
  private async register<Started>(
    session: InterpreterSession,
    forkOf: string | undefined,
    start: () => Promise<Started>,
  ): Promise<Started> {
    this.sessions.set(session.id, session);
    this.tell({ session: session.id, generation: 0, type: 'created', forkOf });
    try {
      return await start();
    } catch (error) {
      await session.discard();
      // The caller named the module, so the options are at fault.
      if (error instanceof PreloadError) {
        throw new SessionOptionsError(error.message, { cause: error });
      }
      throw error;
    }
  }

  private take(event: SessionEvent): void {
    if (event.type === 'closed') this.sessions.delete(event.session);
    this.subject.next(event);
  }

  private closeIdle(): void {
    for (const session of this.sessions.values()) {
      const isIdle = !session.isInUse && session.idleFor >= this.limits.idleTimeout;
      if (isIdle && session !== this.main) void session.discard();
    }
  }
}
