declare const brand: unique symbol;

/** Number or string type that the compiler does not confuse with another kind of id. */
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Unique within one interpreter; never 0. */
export type ExecutionId = Branded<number, 'ExecutionId'>;

/** Id of a client that Python can push messages to; never 0. */
export type ConnectionId = Branded<number, 'ConnectionId'>;

/** Counts up within 32 bits, as frames have room for, and wraps to 1. */
export const nextId = (id: number): number => (id % 0xffff_ffff) + 1;

export type SessionId = Branded<string, 'SessionId'>;

/** The session of clients that name none. */
export const MAIN_SESSION = 'main' as SessionId;

/** Id of an object or iterator that Python keeps. Unique within this process. */
export type KeptId = Branded<number, 'KeptId'>;

/** Id of a function that was passed to Python. Unique within this process. */
export type FunctionId = Branded<number, 'FunctionId'>;

let lastReference = 0;

// Never reused, so that a stale id cannot refer to another object.
export const newKeptId = (): KeptId => (lastReference += 1) as KeptId;
export const newFunctionId = (): FunctionId => (lastReference += 1) as FunctionId;
