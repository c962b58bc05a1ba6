import { outsideOfRequests } from './async-context.js';

/** Milliseconds (24 days): Node treats a longer delay, such as Infinity, as 1. */
const MAX_DELAY = 2 ** 31 - 1;

/**
 * Timeout that acts after pending input was read. When this process was busy, Node runs due timers
 * before it reads input, and would act on an outdated state.
 */
export class PatientTimeout {
  private readonly timer: NodeJS.Timeout;
  private afterReading: NodeJS.Immediate | undefined;

  /** @param pause milliseconds. */
  constructor(act: () => void, pause: number) {
    const actAfterReading = (): void => void (this.afterReading = setImmediate(act));
    this.timer = outsideOfRequests(() => setTimeout(actAfterReading, Math.min(pause, MAX_DELAY)));
  }

  /** Lets the process exit while the timeout is pending. */
  unref(): this {
    this.timer.unref();
    return this;
  }

  clear(): void {
    clearTimeout(this.timer);
    clearImmediate(this.afterReading);
  }
}
