import type { Writable } from 'node:stream';

/**
 * Batches writes to `stream`: all writes of the current turn of the event loop leave together at
 * its end, or at once if nothing else is pending.
 */
export function corkForTurn(stream: Writable): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}
