import type { Death } from '../execution/engine/engine.js';
import type { Output } from '../execution/execution.js';
import { FujianError } from './fujian-error.js';

/** The interpreter ended while it ran this code, or while this code waited for it. */
export class InterpreterDiedError extends FujianError {
  readonly code = 'FUJIAN_INTERPRETER_DIED';

  constructor(
    readonly death: Death,
    /** Whether the code had begun to run. If not, it had no effect. */
    readonly started: boolean,
    /** What the code printed before the end. */
    readonly partialOutput: Output,
    isReplaced = true,
  ) {
    const what = started ? RUNNING : 'This code was not run: the interpreter it waited for ended';
    super(isReplaced ? deathMessage(death, what) : `${what}: ${death.reason}.`);
  }
}

const RUNNING = 'The Python interpreter ended';

export function deathMessage({ reason }: Death, what = RUNNING): string {
  return `${what}: ${reason}. A new interpreter takes its place, without the old one's variables.`;
}
