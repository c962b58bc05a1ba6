/**
 * A timeout that acts when what has come by then has been read. After this process was busy Node runs
 * the timers that are due first, and would act on what is long out of date.
 */
export class PatientTimeout {
  private readonly timer: NodeJS.Timeout;
  private afterReading: NodeJS.Immediate | undefined;

  /** @param pause milliseconds. */
  constructor(act: () => void, pause: number) {
    this.timer = setTimeout(() => (this.afterReading = setImmediate(act)), pause);
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
