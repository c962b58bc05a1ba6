import { QueueFullError } from '../../errors/execution-errors.js';
import type { OperationResult } from './operation-result.js';
import { Slots } from './slots.js';
import { unlessAborted } from './unless-aborted.js';

/** Forks that live at one time. */
const AT_MOST = 16;

/** A fork of a session that lives for one execution. */
export interface IsolatedSession {
  interrupt(): boolean;
  close(grace: number): Promise<void>;
  discard(): Promise<void>;
}

/** How such a fork comes about. */
export interface Forking<Copy> {
  copy(): Copy;
  /** Forks the session, when its turn has come. */
  start(copy: Copy): Promise<unknown>;
}

/** Executions in forks of a session that are gone with them. */
export class IsolatedExecutions<Copy extends IsolatedSession> {
  private readonly slots = new Slots(AT_MOST);
  private readonly copies = new Set<Copy>();

  /** @param queueLimit how many may wait. */
  constructor(
    private readonly queueLimit: number,
    private readonly forking: Forking<Copy>,
  ) {}

  get isEmpty(): boolean {
    return this.copies.size === 0;
  }

  /** @throws QueueFullError, ExecutionAbortedError, and what starting and executing throw */
  async run(
    execute: (copy: Copy) => Promise<OperationResult>,
    signal: AbortSignal | undefined,
  ): Promise<OperationResult> {
    if (this.slots.waiting >= this.queueLimit) throw new QueueFullError(this.queueLimit);
    const isFree = this.slots.take();
    if (isFree) await this.waitForSlot(isFree, signal); // else its turn is now, before what comes next
    const copy = this.forking.copy();
    this.copies.add(copy);
    try {
      await unlessAborted(this.forking.start(copy), signal);
      return await execute(copy);
    } finally {
      void this.letGo(copy);
    }
  }

  /** Interrupts all that run; answers whether any does. */
  interrupt(): boolean {
    return [...this.copies].map((copy) => copy.interrupt()).includes(true);
  }

  async close(grace: number): Promise<void> {
    await Promise.all([...this.copies].map((copy) => copy.close(grace)));
  }

  async discard(): Promise<void> {
    await Promise.all([...this.copies].map((copy) => copy.discard()));
  }

  private async waitForSlot(isFree: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    try {
      await unlessAborted(isFree, signal);
    } catch (error) {
      void isFree.then(() => this.slots.giveBack());
      throw error;
    }
  }

  private async letGo(copy: Copy): Promise<void> {
    await copy.discard();
    this.copies.delete(copy);
    this.slots.giveBack();
  }
}
