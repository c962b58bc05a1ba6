import type { DeathCause } from '../../errors/interpreter-death.js';

/** Event in the life of a session. */
export type SessionEvent = {
  readonly session: string;
  /** Counts the interpreters that the session has had. */
  readonly generation: number;
} & (
  | { readonly type: 'created'; readonly forkOf: string | undefined }
  /** The session has an idle interpreter; `took`: milliseconds of its start. */
  | { readonly type: 'started'; readonly took: number }
  | { readonly type: 'busy' }
  | { readonly type: 'idle' }
  | { readonly type: 'died'; readonly cause: DeathCause; readonly reason: string }
  /** The session has no interpreter and starts none. */
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'closed' }
);

/** Event without the members that every event has. */
export type SessionEventBody = SessionEvent extends infer Event
  ? Event extends SessionEvent
    ? Omit<Event, 'session' | 'generation'>
    : never
  : never;
