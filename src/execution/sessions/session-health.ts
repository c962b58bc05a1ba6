import type { DeathReason } from '../../errors/interpreter-death.js';
import type { CircuitCondition } from './circuit-breaker.js';
import type { SessionCondition } from './python-session.js';

export interface SessionDeath extends DeathReason {
  readonly at: Date;
}

/** How well a session is. */
export interface SessionHealth {
  readonly state: SessionCondition;
  /** How many interpreters it has had. */
  readonly generation: number;
  /** How its last interpreter that ended did so. */
  readonly lastDeath: SessionDeath | undefined;
  /** Executions that run or wait. */
  readonly queue: { readonly pending: number; readonly limit: number };
  readonly circuit: CircuitCondition;
}
