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
import { PreloadError } from '../../errors/start-errors.js';
import { MAIN_SESSION, type SessionId } from '../ids.js';
import { InterpreterSession } from './interpreter-session.js';
import type { SessionFork } from './python-session.js';
import type { SessionEvent } from './session-event.js';
import { type SessionOptions, sessionId } from './session-options.js';

export interface RegistryLimits {
  readonly maxSessions: number;
  /** Milliseconds after which a session that nobody uses is closed; 0: never. */
  readonly idleTimeout: number;
}

/** @throws SessionOptionsError */
type NewSession = (
  id: SessionId,
  options: SessionOptions,
  tell: (event: SessionEvent) => void,
) => InterpreterSession;

/** Milliseconds between two looks for idle sessions, at most. */
const LONGEST_LOOK = 30_000;

/** Which sessions there are: `main` from the start to the end, and those that are created beside it. */
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
      const look = Math.min(LONGEST_LOOK, limits.idleTimeout / 2);
      this.culling = setInterval(() => this.closeIdle(), look).unref();
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
    const { condition } = parent;
    if (condition !== 'idle') throw new SessionBusyError(parentId, condition);
    const session = parent.copy(this.freeId(id), this.tell);
    let lostThreads: readonly string[] = [];
    await this.register(session, parentId, async () => {
      lostThreads = await session.startAsForkOf(parent);
    });
    return { session, lostThreads };
  }

  /** @throws SessionNotFoundError, SessionPermanentError */
  async close(id: string): Promise<void> {
    const session = this.get(id);
    if (session === this.main) throw new SessionPermanentError(id);
    await session.discard();
  }

  /** Refuses what waits, lets finish what runs; see `InterpreterSession.close()`. */
  async closeAll(grace: number): Promise<void> {
    clearInterval(this.culling);
    this.isClosing = true;
    await Promise.all(this.all.map((session) => session.close(grace)));
    this.subject.complete();
  }

  private freeId(wanted: string | undefined): SessionId {
    if (this.isClosing) throw new ShuttingDownError();
    const id = sessionId(wanted);
    if (this.sessions.has(id)) throw new SessionExistsError(id);
    if (this.sessions.size >= this.limits.maxSessions) {
      throw new TooManySessionsError(this.limits.maxSessions);
    }
    return id;
  }

  /** It counts from the moment at which it is begun. */
  private async register(
    session: InterpreterSession,
    forkOf: string | undefined,
    start: () => Promise<void>,
  ): Promise<void> {
    this.sessions.set(session.id, session);
    this.tell({ session: session.id, generation: 0, type: 'created', forkOf });
    try {
      await start();
    } catch (error) {
      await session.discard();
      // The module was named by whoever asks for the session.
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
