/** So many may do something at one time; others wait, in order. */
export class Slots {
  private free: number;
  private readonly queue: (() => void)[] = [];

  constructor(count: number) {
    this.free = count;
  }

  get waiting(): number {
    return this.queue.length;
  }

  /** A promise: there is none free; it settles when there is, and then it is taken. */
  take(): Promise<void> | undefined {
    if (this.free === 0) return new Promise<void>((resolve) => this.queue.push(resolve));
    this.free -= 1;
    return undefined;
  }

  giveBack(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.free += 1;
  }
}
