/**
 * Bytes that the unfinished messages of all clients may have together: bodies of requests, and
 * WebSocket messages. One that is larger may come alone.
 */
export const MOST_UNFINISHED = 64 * 1024 * 1024;
/** Bytes of each that do not count, so that short code always arrives. */
const UNCOUNTED = 64 * 1024;

/** The bytes of unfinished messages that count. */
let total = 0;

/** A message of which a part has been received. */
export class UnfinishedMessage {
  private received = 0;

  /** Adds received bytes. Returns false if all unfinished messages together are too large. */
  add(bytes: number): boolean {
    total -= this.counted;
    this.received += bytes;
    total += this.counted;
    return total <= MOST_UNFINISHED || total === this.counted;
  }

  /** The message is complete, or given up. Another one may begin. */
  end(): void {
    this.add(-this.received);
  }

  private get counted(): number {
    return Math.max(0, this.received - UNCOUNTED);
  }
}
