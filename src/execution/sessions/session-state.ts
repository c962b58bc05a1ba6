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
