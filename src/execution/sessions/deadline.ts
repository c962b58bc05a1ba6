/** Milliseconds, some 24 days: the longest that a timer takes. A longer one would fire at once. */
const LONGEST = 0x7fff_ffff;

/** Ends an execution that takes too long: first by an interrupt, then by killing its interpreter. */
export class Deadline {
  private timer: NodeJS.Timeout | undefined;
  private isInterrupted = false;
  private hasExpired = false;

  constructor(
    private readonly steps: { interrupt(): void; kill(): void },
    /** Milliseconds from the interrupt to the kill. */
    private readonly grace: number,
  ) {}

  /** Whether the execution was interrupted for the time that it took. */
  get expired(): boolean {
    return this.hasExpired;
  }

  /** @param timeout milliseconds from now to the interrupt, on a clock that never jumps. */
  start(timeout: number): void {
    if (this.isInterrupted) return;
    const expire = (): void => {
      this.hasExpired = true;
      this.interrupt();
    };
    this.timer = setTimeout(expire, Math.min(timeout, LONGEST));
  }

  /** Each call interrupts again; the kill follows the first. */
  interrupt(): void {
    this.steps.interrupt();
    if (this.isInterrupted) return;
    this.isInterrupted = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.steps.kill(), Math.min(this.grace, LONGEST));
  }

  /** The execution has ended. */
  end(): void {
    clearTimeout(this.timer);
  }
}
