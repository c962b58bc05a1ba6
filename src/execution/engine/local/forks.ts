import { InterpreterStartError } from '../../../errors/start-errors.js';
import { PatientTimeout } from '../../patient-timeout.js';
import type { Forked } from './channel/messages.js';

/** Milliseconds that a session has to fork, once its turn has come. */
export const FORK_TIMEOUT = 10_000;

interface PendingFork {
  resolve(lostThreads: readonly string[]): void;
  reject(error: Error): void;
  timeout?: PatientTimeout;
}

/** The pending forks of one session. */
export class Forks {
  private readonly pending = new Map<string, PendingFork>();

  /**
   * Returns the names of the session's threads, which do not survive the fork.
   *
   * @throws InterpreterStartError if the session cannot fork or ends first.
   */
  expect(session: string): Promise<readonly string[]> {
    return new Promise((resolve, reject) => this.pending.set(session, { resolve, reject }));
  }

  /** The session is about to fork: `onTimeout` is called if it does not come to an end with it. */
  begins(session: string, onTimeout: () => void): void {
    const pending = this.pending.get(session);
    if (pending && !pending.timeout) pending.timeout = new PatientTimeout(onTimeout, FORK_TIMEOUT);
  }

  take(forked: Forked): void {
    const pending = this.settled(forked.session);
    if ('lostThreads' in forked) pending?.resolve(forked.lostThreads);
    else {
      pending?.reject(
        new InterpreterStartError(`The session could not be forked: ${forked.error}.`),
      );
    }
  }

  /** Rejects every pending fork because the session has ended. */
  fail(why = 'has ended'): void {
    const error = new InterpreterStartError(`The interpreter that was to be forked ${why}.`);
    for (const session of this.pending.keys()) this.settled(session)?.reject(error);
  }

  private settled(session: string): PendingFork | undefined {
    const pending = this.pending.get(session);
    this.pending.delete(session);
    pending?.timeout?.clear();
    return pending;
  }
}
