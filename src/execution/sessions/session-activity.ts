/** How often a session was used, and when last. */
export class SessionActivity {
  readonly createdAt = Date.now();
  private begun = 0;
  private last = this.createdAt;

  /** Executions so far, the one that runs included. */
  get executions(): number {
    return this.begun;
  }

  get lastAt(): number {
    return this.last;
  }

  /** Milliseconds since something ran. */
  get idleFor(): number {
    return Date.now() - this.last;
  }

  begins(): void {
    this.begun += 1;
    this.last = Date.now();
  }

  goesOn(): void {
    this.last = Date.now();
  }
}
