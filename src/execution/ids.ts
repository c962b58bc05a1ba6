declare const brand: unique symbol;

/** A number or string that cannot be mistaken for another kind of id. */
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Counts up within one interpreter; never 0. */
export type ExecutionId = Branded<number, 'ExecutionId'>;

/** A client that Python can push messages to; never 0. */
export type ConnectionId = Branded<number, 'ConnectionId'>;

/** Frames have 32 bits for a number: after the last comes 1 again. */
export const nextId = (id: number): number => (id % 0xffff_ffff) + 1;

export type SessionId = Branded<string, 'SessionId'>;

/** The session that all clients share unless they name another. */
export const MAIN_SESSION = 'main' as SessionId;

/** An object that Python keeps for a handle, or an iterator. No two of one process have the same. */
export type KeptId = Branded<number, 'KeptId'>;

/** A function that was passed to Python. No two of one process have the same. */
export type FunctionId = Branded<number, 'FunctionId'>;

let lastReference = 0;

// Never one that was there before, so that what is gone cannot be taken for something else.
export const newKeptId = (): KeptId => (lastReference += 1) as KeptId;
export const newFunctionId = (): FunctionId => (lastReference += 1) as FunctionId;
