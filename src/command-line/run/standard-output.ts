import { once } from 'node:events';

const STREAMS = { stdout: process.stdout, stderr: process.stderr };

/**
 * Returns a promise that settles once stdout and stderr have drained. Returns undefined without
 * backpressure.
 */
export function roomInOutput(): Promise<unknown> | undefined {
  const full = Object.values(STREAMS).filter((stream) => stream.writableNeedDrain);
  return full.length === 0 ? undefined : Promise.all(full.map((stream) => once(stream, 'drain')));
}

export function print(stream: keyof typeof STREAMS, text: string): void {
  if (text !== '') STREAMS[stream].write(text);
}
