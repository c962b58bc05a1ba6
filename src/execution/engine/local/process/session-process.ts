/** Sends signals to a session's process until the process is reaped. */
export class SessionProcess {
  private hasGone = false;

  constructor(private readonly pid: number) {}

  /** Whether the process was reaped, so that its pid may belong to another process by now. */
  get isGone(): boolean {
    return this.hasGone;
  }

  signal(signal: NodeJS.Signals): void {
    this.send(this.pid, signal);
  }

  /** Signals the process group, which includes the session's subprocesses. */
  signalGroup(signal: NodeJS.Signals): void {
    this.send(-this.pid, signal);
  }

  /** Stops all further signals. */
  gone(): void {
    this.hasGone = true;
  }

  private send(target: number, signal: NodeJS.Signals): void {
    if (this.hasGone) return;
    try {
      process.kill(target, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
