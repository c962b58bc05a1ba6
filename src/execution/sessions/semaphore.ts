/** FIFO semaphore. */
export class Semaphore {
  private free: number;
  private readonly queue: (() => void)[] = [];

  constructor(count: number) {
    this.free = count;
  }

  get waiting(): number {
    return this.queue.length;
  }

  /** Returns undefined if a slot was free, else a promise that resolves once a slot is acquired. */
  acquire(): Promise<void> | undefined {
    if (this.free === 0) return new Promise<void>((resolve) => this.queue.push(resolve));
    this.free -= 1;
    return undefined;
  }

  release(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.free += 1;
  }
}
