import { QueueFullError } from '../../errors/execution-errors.js';
import type { OperationResult } from './pending-execution.js';
import { Semaphore } from './semaphore.js';
import { unlessAborted } from './unless-aborted.js';

/** Forks that live at one time. */
const MAX_FORKS = 16;

/** Fork of a session that lives for one execution. */
export interface IsolatedSession {
  interrupt(): boolean;
  close(grace: number): Promise<void>;
  discard(): Promise<void>;
}

/** Makes the forks of a session. */
export interface Forking<Fork> {
  unstartedFork(): Fork;
  /** Forks the session's interpreter when the fork's turn comes. */
  start(fork: Fork): Promise<unknown>;
}

/** Runs executions in forks of a session, each discarded after its execution. */
export class IsolatedExecutions<Fork extends IsolatedSession> {
  private readonly slots = new Semaphore(MAX_FORKS);
  private readonly forks = new Set<Fork>();

  /** @param queueLimit executions that may wait for a slot. */
  constructor(
    private readonly queueLimit: number,
    private readonly forking: Forking<Fork>,
  ) {}

  get isEmpty(): boolean {
    return this.forks.size === 0;
  }

  /** @throws QueueFullError, ExecutionAbortedError, and whatever starting and executing throw */
  async run(
    execute: (fork: Fork) => Promise<OperationResult>,
    signal: AbortSignal | undefined,
  ): Promise<OperationResult> {
    if (this.slots.waiting >= this.queueLimit) throw new QueueFullError(this.queueLimit);
    const isFree = this.slots.acquire();
    // No await if a slot is free: the fork must come before requests made later.
    if (isFree) await this.waitForSlot(isFree, signal);
    const fork = this.forking.unstartedFork();
    this.forks.add(fork);
    try {
      await unlessAborted(this.forking.start(fork), signal);
      return await execute(fork);
    } finally {
      void this.letGo(fork);
    }
  }

  /** Interrupts all isolated executions. Returns whether any was running. */
  interrupt(): boolean {
    return [...this.forks].map((fork) => fork.interrupt()).includes(true);
  }

  async close(grace: number): Promise<void> {
    await Promise.all([...this.forks].map((fork) => fork.close(grace)));
  }

  async discard(): Promise<void> {
    await Promise.all([...this.forks].map((fork) => fork.discard()));
  }

  private async waitForSlot(isFree: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    try {
      await unlessAborted(isFree, signal);
    } catch (error) {
      void isFree.then(() => this.slots.release());
      throw error;
    }
  }

  private async letGo(fork: Fork): Promise<void> {
    await fork.discard();
    this.forks.delete(fork);
    this.slots.release();
  }
}
