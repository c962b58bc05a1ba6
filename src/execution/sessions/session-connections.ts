import type { Death, Output } from '../../errors/interpreter-death.js';
import { type ConnectionId, nextId } from '../ids.js';
import { incompleteTail, textOf } from '../output-text.js';
import type { ConnectionListener } from './connection.js';

type Stream = keyof Output;

/**
 * Buffer for the output of threads and subprocesses while no code runs, until a client can receive
 * it.
 */
export class BetweenRunsOutput {
  private readonly kept: Record<Stream, Buffer[]> = { stdout: [], stderr: [] };
  private readonly size: Record<Stream, number> = { stdout: 0, stderr: 0 };
  private readonly dropped: Record<Stream, boolean> = { stdout: false, stderr: false };

  /** @param limit bytes kept of each stream; beyond it, the oldest are dropped. */
  constructor(private readonly limit: number) {}

  add(stream: Stream, bytes: Buffer): void {
    const kept = this.kept[stream];
    kept.push(bytes);
    this.size[stream] += bytes.length;
    while (this.size[stream] > this.limit) {
      this.dropped[stream] = true;
      const excess = this.size[stream] - this.limit;
      const oldest = kept[0]!;
      if (oldest.length <= excess) kept.shift();
      else kept[0] = oldest.subarray(excess);
      this.size[stream] -= Math.min(excess, oldest.length);
    }
  }

  /** Takes all complete characters; undefined if there are none. An incomplete one stays. */
  take(): Output | undefined {
    const output = { stdout: this.takeStream('stdout'), stderr: this.takeStream('stderr') };
    return output.stdout || output.stderr ? output : undefined;
  }

  private takeStream(stream: Stream): string {
    if (this.size[stream] === 0) return '';
    const bytes = Buffer.concat(this.kept[stream]);
    const whole = bytes.length - incompleteTail(bytes);
    const rest = bytes.subarray(whole);
    this.kept[stream] = rest.length > 0 ? [rest] : [];
    this.size[stream] = rest.length;
    const text = textOf(bytes.subarray(0, whole));
    if (!this.dropped[stream]) return text;
    this.dropped[stream] = false;
    return `[fujian: older output of threads was dropped; FUJIAN_OUTPUT_LIMIT sets the limit]\n${text}`;
  }
}

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
