import { AsyncLocalStorage } from 'node:async_hooks';
import type { JavaScriptFunction } from '../values/javascript-function.js';

/** Running JavaScript function that Python called and waits for. */
interface Wait {
  /** Session whose Python waits. */
  readonly session: object;
  /** Outer wait, in whose function the call was requested. */
  readonly within: Wait | undefined;
  isOver: boolean;
}

const waits = new AsyncLocalStorage<Wait>();

/** Wraps a function so that the session counts as waiting while the function runs. */
export function calledFrom(session: object, called: JavaScriptFunction): JavaScriptFunction {
  const within = waits.getStore(); // here, as the later call comes from a socket event
  return async (...args) => {
    const wait: Wait = { session, within, isOver: false };
    try {
      return await waits.run(wait, () => called(...args));
    } finally {
      wait.isOver = true;
    }
  };
}

/** Returns whether the session's Python waits for the current asynchronous call chain. */
export function isWaitedForBy(session: object): boolean {
  for (let wait = waits.getStore(); wait; wait = wait.within) {
    if (wait.session === session && !wait.isOver) return true;
  }
  return false;
}
