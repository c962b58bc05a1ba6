import { AsyncLocalStorage } from 'node:async_hooks';

/** Running JavaScript function that Python called and waits for. */
interface Wait {
  /** Session whose Python waits. */
  readonly session: object;
  /** Outer wait, in whose function the call was requested. */
  readonly within: Wait | undefined;
  isOver: boolean;
}

/** Calls a function for Python. */
export type WaitingCall = <Args extends readonly unknown[], Result>(
  called: (...args: Args) => Result | Promise<Result>,
  ...args: Args
) => Promise<Result>;

const waits = new AsyncLocalStorage<Wait | undefined>();

/**
 * Returns a way to call functions for a session's Python. They run in the async context of now,
 * that of the request, as Python calls them from a socket event. The session counts as waiting
 * meanwhile.
 */
export function waitingCallsOf(session: object): WaitingCall {
  const inContext = AsyncLocalStorage.snapshot();
  return (called, ...args) =>
    inContext(async () => {
      const wait: Wait = { session, within: waits.getStore(), isOver: false };
      try {
        return await waits.run(wait, () => called(...args));
      } finally {
        wait.isOver = true;
      }
    });
}

/**
 * Binds a function to the async context of now. The sessions that wait for its later caller count
 * as waiting for it, too.
 */
export function inPresentContext<Args extends unknown[], Result>(
  called: (...args: Args) => Result,
): (...args: Args) => Result {
  const inContext = AsyncLocalStorage.snapshot();
  return (...args) => {
    const wait = waits.getStore();
    return inContext(() => waits.run(wait, () => called(...args)));
  };
}

/** Has a generator do all its work in the async context of now. Returns it. */
export function iteratedInPresentContext<Item>(
  items: AsyncGenerator<Item, void, void>,
): AsyncGenerator<Item, void, void> {
  return Object.assign(items, {
    next: inPresentContext(items.next.bind(items)),
    return: inPresentContext(items.return.bind(items)),
    throw: inPresentContext(items.throw.bind(items)),
  });
}

/** Returns whether the session's Python waits for the current asynchronous call chain. */
export function isWaitedForBy(session: object): boolean {
  for (let wait = waits.getStore(); wait; wait = wait.within) {
    if (wait.session === session && !wait.isOver) return true;
  }
  return false;
}
