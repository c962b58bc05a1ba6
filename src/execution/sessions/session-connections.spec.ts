import { describe, expect, it } from 'vitest';
import type { Death, Output } from '../../errors/interpreter-death.js';
import type { PushedMessage } from '../execution.js';
import type { ConnectionId } from '../ids.js';
import { LongText } from '../long-text.js';
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
    expect([connections.remove(FIRST), connections.remove(FIRST)]).toEqual([true, false]);
    expect([...connections.ids]).toEqual([SECOND]);
  });

  it('sends a message to its connection while that is open', () => {
    const connections = new SessionConnections(100);
    const received: PushedMessage[] = [];
    const pushed = (message: PushedMessage) => void received.push(message);
    connections.add(FIRST, { ...newListener().listener, pushed });
    void connections.pushed(FIRST, 'text');
    void connections.pushed(SECOND, 'to nobody');
    connections.remove(FIRST);
    void connections.pushed(FIRST, 'too late');
    expect(received).toEqual(['text']);
  });

  it('sends a long text in pieces, or as a whole to a listener that takes no pieces', () => {
    const connections = new SessionConnections(100);
    const long = 'x'.repeat(100_000);
    const received: unknown[] = [];
    const pushed = (message: PushedMessage) => void received.push(message);
    const pushedInPieces = (pieces: Iterable<string>, size: number) =>
      void received.push([...pieces].join(''), size);
    connections.add(FIRST, { ...newListener().listener, pushed });
    connections.add(SECOND, { ...newListener().listener, pushedInPieces });
    void connections.pushed(FIRST, LongText.of([Buffer.from(long)]));
    void connections.pushed(SECOND, LongText.of([Buffer.from(long)]));
    expect(received).toEqual([long, long, 100_000]);
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
