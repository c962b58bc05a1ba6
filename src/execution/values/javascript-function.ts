/** A function that Python can call. Keyword arguments are one object behind all others. */
export type JavaScriptFunction = (...args: unknown[]) => unknown;
