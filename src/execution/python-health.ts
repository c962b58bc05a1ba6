import type { EngineCondition } from './engine/engine.js';
import type { SessionHealth } from './sessions/session-health.js';

/** How well a Python is. */
export interface PythonHealth {
  /** Why code cannot be run now, in sentences; empty: it can. */
  readonly problems: readonly string[];
  /** What starts interpreters. */
  readonly supervisor: EngineCondition;
  readonly main: SessionHealth;
}

export function pythonHealth(supervisor: EngineCondition, main: SessionHealth): PythonHealth {
  return { problems: [...problemsOf(supervisor, main)], supervisor, main };
}

function* problemsOf(supervisor: EngineCondition, main: SessionHealth): Iterable<string> {
  const { state, queue, circuit } = main;
  if (supervisor !== 'up') yield 'The process that starts interpreters is not running.';
  if (circuit.state === 'open') {
    const seconds = Math.ceil(circuit.openFor / 1_000);
    yield `Too many interpreters of 'main' have died; another is tried in ${seconds} s.`;
  } else if (state !== 'idle' && state !== 'busy') {
    yield `The session 'main' has no interpreter: it is ${state}.`;
  }
  if (queue.pending >= queue.limit) yield `The queue of 'main' is full (${queue.limit}).`;
}
