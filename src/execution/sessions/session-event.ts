import type { DeathCause } from '../../errors/interpreter-death.js';

/** What happens to sessions. */
export type SessionEvent = {
  readonly session: string;
  /** How many interpreters it has had. */
  readonly generation: number;
} & (
  | { readonly type: 'created'; readonly forkOf: string | undefined }
  /** It has an interpreter, which is idle; milliseconds that it took. */
  | { readonly type: 'started'; readonly took: number }
  | { readonly type: 'busy' }
  | { readonly type: 'idle' }
  | { readonly type: 'died'; readonly cause: DeathCause; readonly reason: string }
  /** It has no interpreter, and none is being started. */
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'closed' }
);

/** Without what every event has. */
export type SessionOccurrence = SessionEvent extends infer Event
  ? Event extends SessionEvent
    ? Omit<Event, 'session' | 'generation'>
    : never
  : never;
