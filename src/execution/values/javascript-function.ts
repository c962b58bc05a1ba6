/** Function that Python can call. Keyword arguments are passed as one object, the last argument. */
export type JavaScriptFunction = (...args: unknown[]) => unknown;
