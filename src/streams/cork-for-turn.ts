import type { Writable } from 'node:stream';

/**
 * What is written to `stream` while the event loop handles what has arrived leaves in one write, when
 * it has handled all of it. With nothing else to handle, that is at once.
 */
export function corkForTurn(stream: Writable): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}
