import { describe, expect, it } from 'vitest';
import { pythonHealth } from './python-health.js';
import type { SessionHealth } from './sessions/session-health.js';

const WELL: SessionHealth = {
  state: 'idle',
  generation: 1,
  lastDeath: undefined,
  queue: { pending: 0, limit: 3 },
  circuit: { state: 'closed' },
};

describe('pythonHealth', () => {
  it.each([
    ['up', {}, []],
    ['up', { state: 'busy', queue: { pending: 2, limit: 3 } }, []],
    ['up', { circuit: { state: 'trial' } }, []],
    ['down', {}, ['The process that starts interpreters is not running.']],
    ['up', { state: 'starting' }, ["The session 'main' has no interpreter: it is starting."]],
    ['up', { queue: { pending: 3, limit: 3 } }, ["The queue of 'main' is full (3)."]],
    [
      'up',
      { state: 'failed', circuit: { state: 'open', openFor: 1_200 } },
      ["Too many interpreters of 'main' have died; another is tried in 2 s."],
    ],
  ] as const)('with supervisor %s and main %j reports the problems %j', (up, main, problems) => {
    expect(pythonHealth(up, { ...WELL, ...main }).problems).toEqual(problems);
  });
});
