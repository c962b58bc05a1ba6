import type { Logger } from '@nestjs/common';
import { type Loan, PythonPool } from '../calls/python-pool.js';
import { ExecutionOptionsError } from '../../errors/application-errors.js';
import {
  ExecutionAbortedError,
  QueueFullError,
  ShuttingDownError,
} from '../../errors/execution-errors.js';
import type { SessionId } from '../ids.js';
import type { InterpreterSession } from './interpreter-session.js';
import { Semaphore } from './semaphore.js';
import { unlessAborted } from './unless-aborted.js';

export interface PoolOptions {
  /** Number of sessions, each in its own process; all start with the application. */
  readonly size: number;
  /**
   * Loans after which a session gets a new interpreter, without leftover state; 0 for never.
   * Default 0.
   */
  readonly recycleAfter?: number;
}

interface Member {
  readonly session: InterpreterSession;
  loans: number;
}

/** Pool of sessions. They emit events, but are not listed and cannot be reached by id. */
export class SessionPool extends PythonPool {
  private readonly members: readonly Member[];
  /** Stack of free members: the last was returned last. */
  private readonly free: Member[];
  private readonly slots: Semaphore;
  private isClosing = false;

  /** @throws ExecutionOptionsError */
  constructor(
    newSession: (id: SessionId) => InterpreterSession,
    private readonly options: PoolOptions,
    /** Borrowers that may wait. */
    private readonly queueLimit: number,
    private readonly logger: Logger,
  ) {
    super();
    const { size, recycleAfter = 0 } = options;
    if (!isCount(size) || size === 0 || !isCount(recycleAfter)) {
      throw new ExecutionOptionsError(
        `The options of the pool are invalid: ${JSON.stringify(options)}. 'size' must be an integer from 1 on, 'recycleAfter' one from 0 on.`,
      );
    }
    this.members = Array.from({ length: size }, (_, at) => ({
      // '~' is not allowed in ids that callers choose.
      session: newSession(`pool~${at + 1}` as SessionId),
      loans: 0,
    }));
    this.free = [...this.members];
    this.slots = new Semaphore(size);
  }

  get sessions(): readonly InterpreterSession[] {
    return this.members.map(({ session }) => session);
  }

  /** @throws InterpreterStartError */
  async start(): Promise<void> {
    await Promise.all(this.members.map(({ session }) => session.start()));
  }

  /** Refuses waiting borrowers and closes all sessions; see `InterpreterSession.close()`. */
  async close(grace: number): Promise<void> {
    this.isClosing = true;
    await Promise.all(this.members.map(({ session }) => session.close(grace)));
  }

  protected async borrow(signal: AbortSignal | undefined): Promise<Loan> {
    await this.turn(signal);
    const member = this.takeFree();
    let isLent = true;
    const giveBack = (): void => {
      if (isLent) void this.takeBack(member);
      isLent = false;
    };
    return { session: member.session, giveBack };
  }

  /**
   * Takes the idle member returned last, whose memory is still in the caches. A member whose
   * interpreter has ended, or still runs code, is taken only if no other is free: else it would be
   * lent again and again.
   */
  private takeFree(): Member {
    const last = this.free.findLastIndex(({ session }) => session.condition === 'idle');
    return this.free.splice(last, 1)[0]!; // without an idle one, -1 takes the last
  }

  /** Waits until a member is free. */
  private async turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.isClosing) throw new ShuttingDownError();
    if (signal?.aborted) throw new ExecutionAbortedError(signal.reason);
    if (this.slots.waiting >= this.queueLimit) throw new QueueFullError(this.queueLimit);
    const turn = this.slots.acquire();
    if (!turn) return;
    try {
      await unlessAborted(turn, signal);
    } catch (error) {
      void turn.then(() => this.slots.release());
      throw error;
    }
    if (!this.isClosing) return;
    this.slots.release();
    throw new ShuttingDownError();
  }

  private async takeBack(member: Member): Promise<void> {
    member.loans += 1;
    const { recycleAfter = 0 } = this.options;
    if (recycleAfter > 0 && member.loans >= recycleAfter && !this.isClosing) {
      member.loans = 0;
      await this.recycle(member.session);
    }
    this.free.push(member);
    this.slots.release();
  }

  /** Restarts the interpreter. If that fails, the next execution tries again. */
  private async recycle(session: InterpreterSession): Promise<void> {
    try {
      await session.restart();
    } catch (error) {
      if (!this.isClosing) this.logger.error((error as Error).message);
    }
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
