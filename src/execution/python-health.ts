import type { EngineCondition } from './engine/engine.js';
import type { SessionHealth } from './sessions/session-health.js';

/** Health of a Python. */
export interface PythonHealth {
  /** Sentences that say why code cannot run now; empty if it can. */
  readonly problems: readonly string[];
  /** Condition of the process that starts interpreters. */
  readonly supervisor: EngineCondition;
  readonly main: SessionHealth;
}

export function pythonHealth(supervisor: EngineCondition, main: SessionHealth): PythonHealth {
  return { problems: [...problemsOf(supervisor, main)], supervisor, main };
}

function* problemsOf(supervisor: EngineCondition, main: SessionHealth): Iterable<string> {
  const { state, queue, circuit } = main;
  if (supervisor === 'unresponsive') {
    yield 'The process that starts interpreters does not answer; it is replaced unless it does soon.';
  } else if (supervisor !== 'up') {
    yield 'The process that starts interpreters is not running.';
  }
  if (circuit.state === 'open') {
    const seconds = Math.ceil(circuit.openFor / 1_000);
    yield `Too many interpreters of 'main' have died; another is tried in ${seconds} s.`;
  } else if (state !== 'idle' && state !== 'busy') {
    yield `The session 'main' has no interpreter: it is ${state}.`;
  }
  if (queue.pending >= queue.limit) yield `The queue of 'main' is full (${queue.limit}).`;
}
