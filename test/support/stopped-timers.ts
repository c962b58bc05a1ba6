import { onTestFinished, vi } from 'vitest';

/**
 * Timers that are set from now on end when the test says so: the deadline of code comes when the code is
 * where it has to be, and not when a machine is slow.
 */
export class StoppedTimers {
  constructor() {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldClearNativeTimers: true });
    onTestFinished(() => void vi.useRealTimers());
  }

  /** Ends the timers of up to this duration; new timers are ordinary ones. */
  end(milliseconds: number): void {
    vi.advanceTimersByTime(milliseconds);
    vi.useRealTimers();
  }
}
