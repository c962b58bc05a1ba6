/** Milliseconds, 24 days: a longer one, such as Infinity, Node takes for 1. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

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
    this.timer = setTimeout(
      () => {
        this.hasExpired = true;
        this.interrupt();
      },
      Math.min(timeout, LONGEST_TIMEOUT),
    );
  }

  /** Each call interrupts again; the kill follows the first. */
  interrupt(): void {
    this.steps.interrupt();
    if (this.isInterrupted) return;
    this.isInterrupted = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.steps.kill(), Math.min(this.grace, LONGEST_TIMEOUT));
  }

  /** The execution has ended. */
  end(): void {
    clearTimeout(this.timer);
  }
}
