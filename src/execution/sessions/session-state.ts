import type { Interpreter } from '../engine/engine.js';

/**
 * A session outlives its interpreters:
 *
 *     starting ──> live ──> starting …      its interpreter died or is restarted: another takes its place
 *        │           │
 *        v           └──> closing ──> closed
 *     failed ──> starting …                 no interpreter: none could be started, or too many died;
 *                                           the next execution that the circuit breaker lets pass tries
 */
export type SessionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'live'; readonly interpreter: Interpreter }
  | { readonly kind: 'failed' }
  | { readonly kind: 'closing'; readonly interpreter: Interpreter | undefined }
  | { readonly kind: 'closed' };
