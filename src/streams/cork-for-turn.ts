import type { Writable } from 'node:stream';

/** What is written to `stream` in this turn of the event loop leaves in one write, at its end. */
export function corkForTurn(stream: Writable): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
