import type { Death, Output } from '../../errors/interpreter-death.js';
import { type ConnectionId, nextId } from '../ids.js';
import { BetweenRunsOutput } from './between-runs-output.js';
import type { ConnectionListener } from './connection.js';

/** Open connections of a session, and the output that waits for one. */
export class SessionConnections {
  private readonly open = new Map<ConnectionId, ConnectionListener>();
  private readonly betweenRuns: BetweenRunsOutput;
  private lastId = 0;

  constructor(outputLimit: number) {
    this.betweenRuns = new BetweenRunsOutput(outputLimit);
  }

  get ids(): Iterable<ConnectionId> {
    return this.open.keys();
  }

  get size(): number {
    return this.open.size;
  }

  get isEmpty(): boolean {
    return this.open.size === 0;
  }

  /** Returns an unused id, also for a stream, which is not added as a connection. */
  newId(): ConnectionId {
    return (this.lastId = nextId(this.lastId)) as ConnectionId;
  }

  /** Tells all connections that the session is closed, and forgets them. */
  close(): void {
    for (const listener of this.open.values()) listener.sessionClosed();
    this.open.clear();
  }

  get(id: ConnectionId): ConnectionListener | undefined {
    return this.open.get(id);
  }

  add(id: ConnectionId, listener: ConnectionListener): void {
    this.open.set(id, listener);
  }

  /** Returns whether the connection was open. */
  remove(id: ConnectionId): boolean {
    return this.open.delete(id);
  }

  /**
   * Sends the output to all connections; without any, the next execution's output begins with it.
   */
  printedBetweenRuns(stream: keyof Output, bytes: Buffer): void {
    this.betweenRuns.add(stream, bytes);
    if (this.open.size === 0) return;
    const output = this.betweenRuns.take();
    if (!output) return;
    for (const listener of this.open.values()) listener.printedBetweenRuns(output);
  }

  /** Takes the output that no connection has received; undefined if there is none. */
  takeUntold(): Output | undefined {
    return this.betweenRuns.take();
  }

  /** @param answered connections that learn of the death from their own execution. */
  interpreterDied(death: Death, answered: ReadonlySet<ConnectionId | undefined>): void {
    for (const [id, listener] of this.open) {
      if (!answered.has(id)) listener.interpreterDied(death);
    }
  }
}
