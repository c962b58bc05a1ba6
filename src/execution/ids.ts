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
