import { PatientTimeout } from '../patient-timeout.js';

/** Interrupts an execution at its timeout, and kills its interpreter if it does not stop. */
export class Deadline {
  private timer: PatientTimeout | undefined;
  private isInterrupted = false;
  private hasExpired = false;

  constructor(
    private readonly steps: { interrupt(): void; kill(): void },
    /** Milliseconds from the interrupt to the kill. */
    private readonly grace: number,
  ) {}

  /** Whether the timeout interrupted the execution. */
  get expired(): boolean {
    return this.hasExpired;
  }

  /** @param timeout milliseconds from now to the interrupt, on the monotonic clock. */
  start(timeout: number): void {
    if (this.isInterrupted) return;
    this.timer = new PatientTimeout(() => {
      this.hasExpired = true;
      this.interrupt();
    }, timeout);
  }

  /** Each call interrupts again; the kill follows the first. */
  interrupt(): void {
    this.steps.interrupt();
    if (this.isInterrupted) return;
    this.isInterrupted = true;
    this.timer?.clear();
    this.timer = new PatientTimeout(() => this.steps.kill(), this.grace);
  }

  /** Cancels both steps when the execution has ended. */
  end(): void {
    this.timer?.clear();
  }
}
