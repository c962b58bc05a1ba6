import { InterpreterStartError } from '../../../errors/start-errors.js';
import type { Cloned } from './channel/messages.js';

export interface Clone {
  readonly pid: number;
  /** Names of the threads that it has not, and the session has. */
  readonly lostThreads: readonly string[];
}

interface Cloning {
  resolve(clone: Clone): void;
  reject(error: Error): void;
}

/** The clones that a session was asked to make of itself. */
export class Clones {
  private readonly cloning = new Map<string, Cloning>();

  /** @throws InterpreterStartError */
  expect(session: string): Promise<Clone> {
    return new Promise((resolve, reject) => this.cloning.set(session, { resolve, reject }));
  }

  take(cloned: Cloned): void {
    const cloning = this.cloning.get(cloned.session);
    this.cloning.delete(cloned.session);
    if ('pid' in cloned) cloning?.resolve(cloned);
    else {
      cloning?.reject(
        new InterpreterStartError(`The session could not be forked: ${cloned.error}.`),
      );
    }
  }

  /** The session has ended. */
  fail(): void {
    const error = new InterpreterStartError('The interpreter that was to be forked has ended.');
    for (const cloning of this.cloning.values()) cloning.reject(error);
    this.cloning.clear();
  }
}
