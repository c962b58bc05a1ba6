import type { Death, Output } from '../../errors/interpreter-death.js';
import { type ConnectionId, nextId } from '../ids.js';
import { BetweenRunsOutput } from './between-runs-output.js';
import type { ConnectionListener } from './connection.js';

/** Who is told what happens to a session while no execution of theirs would answer it. */
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

  /** Also for what is no connection of a client, and not added. */
  newId(): ConnectionId {
    return (this.lastId = nextId(this.lastId)) as ConnectionId;
  }

  /** The session is closed. */
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

  /** Answers whether it was open. */
  remove(id: ConnectionId): boolean {
    return this.open.delete(id);
  }

  /** Tells all; if there is nobody, the next run's output begins with it. */
  printedBetweenRuns(stream: keyof Output, bytes: Buffer): void {
    this.betweenRuns.add(stream, bytes);
    if (this.open.size === 0) return;
    const output = this.betweenRuns.take();
    if (!output) return;
    for (const listener of this.open.values()) listener.printedBetweenRuns(output);
  }

  /** What nobody has been told. */
  takeUntold(): Output | undefined {
    return this.betweenRuns.take();
  }

  /** @param answered those who learn of it by the answer to their own execution. */
  interpreterDied(death: Death, answered: ReadonlySet<ConnectionId | undefined>): void {
    for (const [id, listener] of this.open) {
      if (!answered.has(id)) listener.interpreterDied(death);
    }
  }
}
