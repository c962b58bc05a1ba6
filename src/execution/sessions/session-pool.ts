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
import { Slots } from './slots.js';
import { unlessAborted } from './unless-aborted.js';

export interface PoolOptions {
  /** Sessions, each in a process of its own, which all start with the application. */
  readonly size: number;
  /** Loans after which a session gets a new interpreter: what code has left behind goes. 0: never. Default 0. */
  readonly recycleAfter?: number;
}

interface Member {
  readonly session: InterpreterSession;
  loans: number;
}

/** The sessions of a pool. Events tell of them, but they are in no list, and nobody reaches them by an id. */
export class SessionPool extends PythonPool {
  private readonly members: readonly Member[];
  /** The last of them was given back last. */
  private readonly free: Member[];
  private readonly slots: Slots;
  private isClosing = false;

  /** @throws ExecutionOptionsError */
  constructor(
    newSession: (id: SessionId) => InterpreterSession,
    private readonly options: PoolOptions,
    /** Loans that may wait. */
    private readonly queueLimit: number,
    private readonly logger: Logger,
  ) {
    super();
    const { size, recycleAfter = 0 } = options;
    if (!isCount(size) || size === 0 || !isCount(recycleAfter)) {
      throw new ExecutionOptionsError(
        `A pool has one session or more, and recycles after a number of loans: not ${JSON.stringify(options)}.`,
      );
    }
    this.members = Array.from({ length: size }, (_, at) => ({
      // No id that anybody could choose.
      session: newSession(`pool~${at + 1}` as SessionId),
      loans: 0,
    }));
    this.free = [...this.members];
    this.slots = new Slots(size);
  }

  get sessions(): readonly InterpreterSession[] {
    return this.members.map(({ session }) => session);
  }

  /** @throws InterpreterStartError */
  async start(): Promise<void> {
    await Promise.all(this.members.map(({ session }) => session.start()));
  }

  /** Refuses what waits, and lets finish what runs; see `InterpreterSession.close()`. */
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
   * The last that was given back, as its memory is still near. But one whose interpreter has ended, or whose borrower
   * has left something running, only if there is no other: or it would be lent again and again while others are well.
   */
  private takeFree(): Member {
    const last = this.free.findLastIndex(({ session }) => session.condition === 'idle');
    return this.free.splice(last, 1)[0]!; // if there is none, at -1: the last
  }

  /** When it has come, there is one free. */
  private async turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.isClosing) throw new ShuttingDownError();
    if (signal?.aborted) throw new ExecutionAbortedError(signal.reason);
    if (this.slots.waiting >= this.queueLimit) throw new QueueFullError(this.queueLimit);
    const turn = this.slots.take();
    if (!turn) return;
    try {
      await unlessAborted(turn, signal);
    } catch (error) {
      void turn.then(() => this.slots.giveBack());
      throw error;
    }
    if (!this.isClosing) return;
    this.slots.giveBack();
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
    this.slots.giveBack();
  }

  /** If that fails, the session tries again with its next execution. */
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
