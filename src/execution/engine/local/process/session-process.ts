/** `gone`: the process has ended. `refused`: it runs as another user, after a set-user-id program. */
export type Signalled = 'sent' | 'gone' | 'refused';

/** Sends signals to a session's process until the process is reaped. */
export class SessionProcess {
  private hasGone = false;

  constructor(readonly pid: number) {}

  /** Whether the process was reaped, so that its pid may belong to another process by now. */
  get isGone(): boolean {
    return this.hasGone;
  }

  signal(signal: NodeJS.Signals): Signalled {
    return this.send(this.pid, signal);
  }

  /** Signals the process group, which includes the session's subprocesses. */
  signalGroup(signal: NodeJS.Signals): Signalled {
    return this.send(-this.pid, signal);
  }

  /**
   * Kills the process. The supervisor kills what it has started, but gives resource trackers time.
   */
  kill(): Signalled {
    return this.signal('SIGKILL');
  }

  /** Kills the process and its group, where the supervisor does not. */
  killWithGroup(): void {
    this.signalGroup('SIGKILL');
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
