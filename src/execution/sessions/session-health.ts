import type { DeathReason } from '../../errors/interpreter-death.js';
import type { CircuitCondition } from './circuit-breaker.js';
import type { SessionCondition } from './python-session.js';

export interface SessionDeath extends DeathReason {
  readonly at: Date;
}

/** Health of a session. */
export interface SessionHealth {
  readonly state: SessionCondition;
  /** Counts the interpreters that the session has had. */
  readonly generation: number;
  /** Death of the last interpreter that ended; undefined if none has. */
  readonly lastDeath: SessionDeath | undefined;
  /** Running and waiting executions. */
  readonly queue: { readonly pending: number; readonly limit: number };
  readonly circuit: CircuitCondition;
}
