import type { Interpreter } from '../engine/engine.js';

/**
 * State of a session, which outlives its interpreters:
 *
 *     starting ──> live ──> starting …      the interpreter died or is restarted: another replaces it
 *        │           │
 *        v           └──> closing ──> closed
 *     failed ──> starting …                 no interpreter: a start failed, or too many died; the next
 *                                           execution that the circuit breaker lets through tries again
 */
export type SessionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'live'; readonly interpreter: Interpreter }
  | { readonly kind: 'failed' }
  | { readonly kind: 'closing'; readonly interpreter: Interpreter | undefined }
  | { readonly kind: 'closed' };

/** State of a session and its interpreter. Only the lifecycle changes it. */
export class InterpreterState {
  private state: SessionState = { kind: 'starting' };

  get current(): SessionState {
    return this.state;
  }

  get isEnding(): boolean {
    return this.state.kind === 'closing' || this.state.kind === 'closed';
  }

  /** The interpreter that accepts executions; undefined if none does. */
  get live(): Interpreter | undefined {
    return this.state.kind === 'live' ? this.state.interpreter : undefined;
  }

  /**
   * The interpreter that has the executions handed over: live, or finishing while the session
   * closes.
   */
  get interpreter(): Interpreter | undefined {
    return 'interpreter' in this.state ? this.state.interpreter : undefined;
  }

  become(state: SessionState): void {
    this.state = state;
  }
}
