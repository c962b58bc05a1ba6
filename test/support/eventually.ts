import { vi } from 'vitest';

/** Waits until it is so, however long a busy machine takes: the deadline ends what hangs. */
export function eventually<T>(condition: () => T | Promise<T>): Promise<unknown> {
  return vi.waitUntil(condition, { timeout: 100_000, interval: 20 });
}
