import type { Death, Output } from '../../errors/interpreter-death.js';
import { ByteBlocks } from '../byte-blocks.js';
import type { OutputTexts } from '../engine/engine.js';
import { type ConnectionId, nextId } from '../ids.js';
import { joinedOnDemand } from '../joined-on-demand.js';
import { LongText, type Text } from '../long-text.js';
import type { ConnectionListener } from './connection.js';

type Stream = keyof Output;

const DROPPED =
  '[fujian: older output of threads was dropped; FUJIAN_OUTPUT_LIMIT sets the limit]\n';

/**
 * Buffer for the output of threads and subprocesses while no code runs, until a client can receive
 * it.
 */
export class BetweenRunsOutput {
  private readonly kept = { stdout: new ByteBlocks(), stderr: new ByteBlocks() };
  private readonly hasDropped = { stdout: false, stderr: false };

  /** @param limit bytes kept of each stream; beyond it, the oldest are dropped. */
  constructor(private readonly limit: number) {}

  add(stream: Stream, bytes: Buffer): void {
    const kept = this.kept[stream];
    kept.add(bytes);
    if (kept.keepLast(this.limit) > 0) this.hasDropped[stream] = true;
  }

  /** Takes all complete characters; undefined if there are none. An incomplete one stays. */
  take(): OutputTexts | undefined {
    const output = { stdout: this.takeStream('stdout'), stderr: this.takeStream('stderr') };
    return output.stdout || output.stderr ? output : undefined;
  }

  private takeStream(stream: Stream): Text {
    const kept = this.kept[stream];
    if (kept.size === 0) return '';
    const half = kept.takeIncompleteTail();
    const text = LongText.of(kept.take());
    kept.add(half);
    if (!this.hasDropped[stream]) return text;
    this.hasDropped[stream] = false;
    return LongText.join(DROPPED, text);
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

  /** Sends a message to a connection, if it is open. A returned promise is backpressure. */
  pushed(id: ConnectionId, message: Text | Buffer): Promise<void> | undefined {
    const listener = this.open.get(id);
    if (!(message instanceof LongText)) return listener?.pushed(message);
    if (!listener?.pushedInPieces) return listener?.pushed(message.toString());
    return listener.pushedInPieces(message.pieces(), message.size);
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
    const texts = this.betweenRuns.take();
    if (!texts) return;
    const output = joinedOnDemand(texts);
    for (const listener of this.open.values()) listener.printedBetweenRuns(output);
  }

  /** Takes the output that no connection has received; undefined if there is none. */
  takeUntold(): OutputTexts | undefined {
    return this.betweenRuns.take();
  }

  /** @param answered connections that learn of the death from their own execution. */
  interpreterDied(death: Death, answered: ReadonlySet<ConnectionId | undefined>): void {
    for (const [id, listener] of this.open) {
      if (!answered.has(id)) listener.interpreterDied(death);
    }
  }
}
