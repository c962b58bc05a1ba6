import type { InterpreterStartError } from '../../errors/start-errors.js';
import type { SessionLimits } from '../session-limits.js';
import type { CircuitSettings } from './circuit-breaker.js';

export interface SessionSettings extends CircuitSettings {
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: SessionLimits;
  /** Milliseconds; 0: none. */
  readonly timeout: number;
  /** Milliseconds. */
  readonly interruptGrace: number;
  /** Bytes of each stream. */
  readonly outputLimit: number;
  readonly queueLimit: number;
  /** What becomes of code that waits for an interpreter which dies. */
  readonly queuedOnDeath: 'refuse' | 'run';
  /** What each new interpreter runs first. */
  readonly startup: readonly StartupCode[];
  /** Whether an interpreter that dies is replaced. If not, the session ends with it. */
  readonly isReplaced: boolean;
}

export interface StartupCode {
  readonly code: string;
  readonly filename: string;
  /** What it is, in the middle of a sentence. */
  readonly what: string;
  /** What it is that it raises an exception. */
  readonly Failure: typeof InterpreterStartError;
}
