import { onTestFinished, vi } from 'vitest';

/** Clock of this process, which the test advances. */
export class StoppedClock {
  private now = Math.ceil(performance.now());

  private constructor() {
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => this.now);
    onTestFinished(() => clock.mockRestore());
  }

  static stop(): StoppedClock {
    return new StoppedClock();
  }

  /** @param milliseconds of which nothing is waited. */
  goOn(milliseconds: number): void {
    this.now += milliseconds;
  }
}
