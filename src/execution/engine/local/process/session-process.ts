/** The process of a session, as far as signals reach it. */
export class SessionProcess {
  private hasGone = false;

  constructor(private readonly pid: number) {}

  /** It was reaped: its number may be another process's by now. */
  get isGone(): boolean {
    return this.hasGone;
  }

  signal(signal: NodeJS.Signals): void {
    this.send(this.pid, signal);
  }

  /** Also to what it has started. */
  signalGroup(signal: NodeJS.Signals): void {
    this.send(-this.pid, signal);
  }

  /** From now on it gets no signal. */
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
