import { describe, expect, it } from 'vitest';
import type { Death, Output } from '../../errors/interpreter-death.js';
import type { ConnectionId } from '../ids.js';
import { SessionConnections } from './session-connections.js';

const [FIRST, SECOND] = [1 as ConnectionId, 2 as ConnectionId];
const DEATH = { reason: 'r' } as Death;

/** Records the calls to a connection. */
function newListener() {
  const told: (Output | Death)[] = [];
  const listener = {
    pushed: () => undefined,
    printedBetweenRuns: (output: Output) => void told.push(output),
    interpreterDied: (death: Death) => void told.push(death),
    sessionClosed: () => undefined,
  };
  return { told, listener };
}

describe('SessionConnections', () => {
  it('lists the open connections in order', () => {
    const connections = new SessionConnections(100);
    const { listener } = newListener();
    connections.add(SECOND, listener);
    connections.add(FIRST, listener);
    expect([...connections.ids]).toEqual([SECOND, FIRST]);
    expect(connections.get(FIRST)).toBe(listener);
    expect([connections.remove(FIRST), connections.remove(FIRST)]).toEqual([true, false]);
    expect(connections.get(FIRST)).toBeUndefined();
  });

  it('sends output between executions to all of them, and keeps none of it', () => {
    const connections = new SessionConnections(100);
    const listeners = [newListener(), newListener()];
    connections.add(FIRST, listeners[0]!.listener);
    connections.add(SECOND, listeners[1]!.listener);
    connections.printedBetweenRuns('stderr', Buffer.from('of a thread'));
    for (const { told } of listeners) expect(told).toEqual([{ stdout: '', stderr: 'of a thread' }]);
    expect(connections.takeUntold()).toBeUndefined();
  });

  it('keeps the output for the next execution without connections', () => {
    const connections = new SessionConnections(100);
    connections.printedBetweenRuns('stdout', Buffer.from('a'));
    connections.printedBetweenRuns('stdout', Buffer.from('b'));
    expect(connections.takeUntold()).toEqual({ stdout: 'ab', stderr: '' });
  });

  it('sends no incomplete character', () => {
    const connections = new SessionConnections(100);
    const { told, listener } = newListener();
    connections.add(FIRST, listener);
    const bytes = Buffer.from('é');
    connections.printedBetweenRuns('stdout', bytes.subarray(0, 1));
    expect(told).toEqual([]);
    connections.printedBetweenRuns('stdout', bytes.subarray(1));
    expect(told).toEqual([{ stdout: 'é', stderr: '' }]);
  });

  it('reports a death to connections whose executions do not', () => {
    const connections = new SessionConnections(100);
    const listeners = [newListener(), newListener()];
    connections.add(FIRST, listeners[0]!.listener);
    connections.add(SECOND, listeners[1]!.listener);
    connections.interpreterDied(DEATH, new Set([undefined, FIRST]));
    expect(listeners.map(({ told }) => told)).toEqual([[], [DEATH]]);
  });
});
