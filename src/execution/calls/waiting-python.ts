import { AsyncLocalStorage } from 'node:async_hooks';
import type { JavaScriptFunction } from '../values/javascript-function.js';

/** A function runs which Python called and waits for. */
interface Wait {
  /** Whose Python it is. */
  readonly session: object;
  /** In which other such function all this was asked for. */
  readonly within: Wait | undefined;
  isOver: boolean;
}

const waits = new AsyncLocalStorage<Wait>();

/** The function, as Python of that session calls it. */
export function calledFrom(session: object, called: JavaScriptFunction): JavaScriptFunction {
  const within = waits.getStore(); // not when it is called, which is by an event of a socket
  return async (...args) => {
    const wait: Wait = { session, within, isOver: false };
    try {
      return await waits.run(wait, () => called(...args));
    } finally {
      wait.isOver = true;
    }
  };
}

/** Whether Python of that session waits for what is going on here. */
export function isWaitedForBy(session: object): boolean {
  for (let wait = waits.getStore(); wait; wait = wait.within) {
    if (wait.session === session && !wait.isOver) return true;
  }
  return false;
}
