/** Milliseconds, 24 days: a longer one, such as Infinity, Node takes for 1. */
const LONGEST = 2 ** 31 - 1;

/**
 * A timeout that acts when what has come by then has been read. After this process was busy Node runs
 * the timers that are due first, and would act on what is long out of date.
 */
export class PatientTimeout {
  private readonly timer: NodeJS.Timeout;
  private afterReading: NodeJS.Immediate | undefined;

  /** @param pause milliseconds. */
  constructor(act: () => void, pause: number) {
    const actAfterReading = (): void => void (this.afterReading = setImmediate(act));
    this.timer = setTimeout(actAfterReading, Math.min(pause, LONGEST));
  }

  /** It alone does not keep the process alive. */
  unref(): this {
    this.timer.unref();
    return this;
  }

  clear(): void {
    clearTimeout(this.timer);
    clearImmediate(this.afterReading);
  }
}
