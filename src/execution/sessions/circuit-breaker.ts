/** When to stop replacing interpreters that keep dying. */
export interface CircuitSettings {
  /** Deaths within the window that open the circuit; 0 for no limit. */
  readonly deathLimit: number;
  /** Milliseconds in which deaths count together. */
  readonly deathWindow: number;
  /** Milliseconds from the last death to the trial. */
  readonly deathPause: number;
}

export type CircuitCondition =
  | { readonly state: 'closed' }
  /** No interpreter starts for `openFor` milliseconds. */
  | { readonly state: 'open'; readonly openFor: number }
  /** The next execution closes the circuit, or a death opens it again. */
  | { readonly state: 'trial' };

/**
 * Circuit breaker for the interpreters of a session.
 *
 *     closed ──(too many deaths)──> open ──(pause is over)──> trial ──(an execution ends)──> closed
 *                                     ^────────(a death)────────┘
 */
export class CircuitBreaker {
  private deaths: number[] = [];
  private openUntil: number | undefined;

  constructor(
    readonly settings: CircuitSettings,
    /** Monotonic clock, in milliseconds. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Milliseconds until an interpreter may start; 0 if one may now. */
  get openFor(): number {
    return this.openUntil === undefined ? 0 : Math.max(0, this.openUntil - this.now());
  }

  get condition(): CircuitCondition {
    if (this.openUntil === undefined) return { state: 'closed' };
    const { openFor } = this;
    return openFor > 0 ? { state: 'open', openFor } : { state: 'trial' };
  }

  died(): void {
    const { deathLimit, deathWindow, deathPause } = this.settings;
    if (deathLimit === 0) return;
    const now = this.now();
    this.deaths = [...this.deaths.filter((death) => now - death < deathWindow), now];
    const isTrial = this.openUntil !== undefined;
    if (isTrial || this.deaths.length >= deathLimit) this.openUntil = now + deathPause;
  }

  /** Records an execution that its interpreter survived. */
  survived(): void {
    if (this.openUntil !== undefined && this.openFor === 0) this.reset();
  }

  reset(): void {
    this.openUntil = undefined;
    this.deaths = [];
  }
}
