import type { Interpreter } from '../engine/engine.js';

/**
 * A session outlives its interpreters:
 *
 *     starting ──> live ──> starting …      its interpreter died, another takes its place
 *        │           │
 *        v           └──> closing ──> closed
 *     failed ──> starting …                 no interpreter could be started; the next execution tries
 */
export type SessionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'live'; readonly interpreter: Interpreter }
  | { readonly kind: 'failed' }
  | { readonly kind: 'closing' }
  | { readonly kind: 'closed' };
