/** Counts the executions of a session and notes when it was last active. */
export class SessionActivity {
  readonly createdAt = Date.now();
  private begun = 0;
  private last = this.createdAt;

  /** Executions so far, including the running one. */
  get executions(): number {
    return this.begun;
  }

  get lastAt(): number {
    return this.last;
  }

  /** Milliseconds since the last activity. */
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
