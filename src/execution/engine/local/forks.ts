import { InterpreterStartError } from '../../../errors/start-errors.js';
import type { Forked } from './channel/messages.js';

export interface Fork {
  readonly pid: number;
  /** Names of the session's threads, which do not survive the fork. */
  readonly lostThreads: readonly string[];
}

interface PendingFork {
  resolve(fork: Fork): void;
  reject(error: Error): void;
}

/** The pending forks of one session. */
export class Forks {
  private readonly pending = new Map<string, PendingFork>();

  /** @throws InterpreterStartError if the session cannot fork or ends first. */
  expect(session: string): Promise<Fork> {
    return new Promise((resolve, reject) => this.pending.set(session, { resolve, reject }));
  }

  take(forked: Forked): void {
    const pending = this.pending.get(forked.session);
    this.pending.delete(forked.session);
    if ('pid' in forked) pending?.resolve(forked);
    else {
      pending?.reject(
        new InterpreterStartError(`The session could not be forked: ${forked.error}.`),
      );
    }
  }

  /** Rejects every pending fork because the session has ended. */
  fail(): void {
    const error = new InterpreterStartError('The interpreter that was to be forked has ended.');
    for (const pending of this.pending.values()) pending.reject(error);
    this.pending.clear();
  }
}
