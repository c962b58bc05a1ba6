import type { InterruptSignals } from './interrupting.js';
import { handlesInterrupts, subprocessesOf } from './subprocesses.js';

/** `gone`: the process has ended. `refused`: it runs as another user, after a set-user-id program. */
export type Signalled = 'sent' | 'gone' | 'refused';

/** Sends signals to a session's process until the process is reaped. */
export class SessionProcess implements InterruptSignals {
  private hasGone = false;

  constructor(readonly pid: number) {}

  /** Whether the process was reaped, so that its pid may belong to another process by now. */
  get isGone(): boolean {
    return this.hasGone;
  }

  /** Sends the signal of ours, which is otherwise unused. */
  nudge(): void {
    this.send(this.pid, 'SIGURG');
  }

  /** Interrupts the subprocesses, as Ctrl-C in a terminal does, and not the session. */
  interruptSubprocesses(): void {
    for (const subprocess of subprocessesOf(this.pid)) this.send(subprocess, 'SIGINT');
  }

  interruptProcess(): void {
    if (handlesInterrupts(this.pid)) this.send(this.pid, 'SIGINT');
  }

  /**
   * Kills the process. The supervisor kills what it has started, but gives resource trackers time.
   */
  kill(): Signalled {
    return this.send(this.pid, 'SIGKILL');
  }

  /** Kills the process and its group, where the supervisor does not. */
  killWithGroup(): void {
    this.send(-this.pid, 'SIGKILL');
    this.kill();
  }

  /** Stops all further signals. */
  gone(): void {
    this.hasGone = true;
  }

  private send(target: number, signal: NodeJS.Signals): Signalled {
    if (this.hasGone) return 'gone';
    try {
      process.kill(target, signal);
      return 'sent';
    } catch (error) {
      switch ((error as NodeJS.ErrnoException).code) {
        case 'ESRCH':
          return 'gone';
        case 'EPERM':
          return 'refused';
        default:
          throw error;
      }
    }
  }
}
