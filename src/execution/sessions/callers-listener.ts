import { AsyncLocalStorage } from 'node:async_hooks';
import type { ConnectionListener } from './connection.js';

/**
 * Returns the listener of a connection as a session may call it: in the async context of now, that
 * of `connect()`, and without exceptions and rejections. Those go to `failed`.
 */
export function callersListener(
  listener: ConnectionListener,
  failed: (error: unknown) => void,
): ConnectionListener {
  const inContext = AsyncLocalStorage.snapshot();
  const call = (act: () => unknown): Promise<void> | undefined => {
    try {
      const ready = inContext(act);
      if (ready === undefined) return undefined;
      return Promise.resolve(ready).then(() => undefined, failed);
    } catch (error) {
      failed(error);
      return undefined;
    }
  };
  return {
    pushed: (message) => call(() => listener.pushed(message)),
    ...(listener.pushedInPieces && {
      pushedInPieces: (...given) => call(() => listener.pushedInPieces?.(...given)),
    }),
    printedBetweenRuns: (output) => void call(() => listener.printedBetweenRuns(output)),
    interpreterDied: (death) => void call(() => listener.interpreterDied(death)),
    sessionClosed: () => void call(() => listener.sessionClosed()),
  };
}
