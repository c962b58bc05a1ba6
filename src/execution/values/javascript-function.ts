/** Function that Python can call. Keyword arguments are passed as one object, the last argument. */
export type JavaScriptFunction = (...args: unknown[]) => unknown;

/** Calls a function for Python. */
export type CallFunction = (
  called: JavaScriptFunction,
  ...args: readonly unknown[]
) => Promise<unknown>;
