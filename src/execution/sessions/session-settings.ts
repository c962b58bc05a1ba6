import type { InterpreterStartError } from '../../errors/start-errors.js';
import type { SessionLimits } from '../session-limits.js';
import type { CircuitSettings } from './circuit-breaker.js';

export interface SessionSettings extends CircuitSettings {
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: SessionLimits;
  /** Milliseconds; 0 for no timeout. */
  readonly timeout: number;
  /** Milliseconds. */
  readonly interruptGrace: number;
  /** Milliseconds that an interpreter has to end as a program; 0 to kill it. */
  readonly exitGrace: number;
  /** Bytes of each stream. */
  readonly outputLimit: number;
  readonly queueLimit: number;
  /** Whether executions that wait for an interpreter that dies fail, or run in the next. */
  readonly queuedOnDeath: 'refuse' | 'run';
  /** Code that each new interpreter runs first, in order. */
  readonly startup: readonly StartupCode[];
  /**
   * Whether an interpreter that dies is replaced. If false, the session ends with its interpreter.
   */
  readonly isReplaced: boolean;
}

export interface StartupCode {
  readonly code: string;
  readonly filename: string;
  /** Noun phrase that names the code inside an error message. */
  readonly what: string;
  /** Class of the error if the code raises. */
  readonly Failure: typeof InterpreterStartError;
}
