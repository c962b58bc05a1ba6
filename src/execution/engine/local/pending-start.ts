import { InterpreterStartError } from '../../../errors/start-errors.js';
import { PatientTimeout } from '../../patient-timeout.js';
import type { Exited } from './channel/messages.js';
import { SessionProcess } from './process/session-process.js';

/** Process of a session that was requested and is not connected yet. */
export class PendingStart {
  /** Resolves when the supervisor knows the process. */
  readonly started: Promise<SessionProcess>;
  /** Rejects when the start has failed. Never resolves. */
  readonly failed: Promise<never>;
  private process: SessionProcess | undefined;
  private timeout: PatientTimeout | undefined;
  private isOver = false;
  private resolve!: (process: SessionProcess) => void;
  private reject!: (error: Error) => void;

  /** @param name that the supervisor knows the process by. */
  constructor(readonly name: string) {
    this.started = new Promise((resolve) => (this.resolve = resolve));
    this.failed = new Promise((_, reject) => (this.reject = reject));
    this.failed.catch(() => undefined); // it may fail when nothing waits for it any more
  }

  hasStarted(pid: number): void {
    this.process = new SessionProcess(pid);
    if (this.isOver) this.process.kill();
    this.resolve(this.process);
  }

  exited({ signal, code }: Exited): void {
    this.process?.gone();
    const how = signal ? `killed by ${signal}` : `exit code ${code}`;
    this.fail(new InterpreterStartError(`The interpreter ended before it was ready: ${how}.`));
  }

  /** Fails the start unless it has succeeded after `limit` milliseconds. */
  expires(limit: number): void {
    if (this.isOver) return;
    this.timeout = new PatientTimeout(() => {
      const message = `The interpreter was not ready within ${limit / 1000} s and was killed.`;
      this.fail(new InterpreterStartError(message));
    }, limit);
  }

  /** Returns what the promise resolves with, unless the start fails first. */
  async orFailure<Value>(promise: Promise<Value>): Promise<Value> {
    return Promise.race([promise, this.failed]);
  }

  /** Ends the start and its process. Does nothing if the start has succeeded. */
  fail(error: Error): void {
    if (this.isOver) return;
    this.succeeded();
    this.process?.kill();
    this.reject(error);
  }

  succeeded(): void {
    this.isOver = true;
    this.timeout?.clear();
  }
}
