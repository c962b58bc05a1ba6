/** When interpreters die one after the other, it is of no use to start yet another. */
export interface CircuitSettings {
  /** Deaths within the window after which none is started for a while; 0: there is no such number. */
  readonly deathLimit: number;
  /** Milliseconds. */
  readonly deathWindow: number;
  /** Milliseconds from the last death to the trial. */
  readonly deathPause: number;
}

export type CircuitCondition =
  | { readonly state: 'closed' }
  /** No interpreter is started, for this many milliseconds. */
  | { readonly state: 'open'; readonly openFor: number }
  /** The next execution decides. */
  | { readonly state: 'trial' };

/**
 *     closed ──(too many deaths)──> open ──(pause is over)──> trial ──(an execution ends)──> closed
 *                                     ^────────(a death)────────┘
 */
export class CircuitBreaker {
  private deaths: number[] = [];
  private openUntil: number | undefined;

  constructor(
    readonly settings: CircuitSettings,
    /** Milliseconds on a clock that never jumps. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Milliseconds until an interpreter may be started; 0: at once. */
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

  /** An execution has ended, and its interpreter lives. */
  survived(): void {
    if (this.openUntil !== undefined && this.openFor === 0) this.reset();
  }

  reset(): void {
    this.openUntil = undefined;
    this.deaths = [];
  }
}
