import { z } from 'zod';
import { PythonError } from '../../errors/call-errors.js';
import { SessionBusyError } from '../../errors/session-errors.js';
import type { PythonSession } from '../../execution/sessions/python-session.js';

/** Completions that take longer are useless: the user has typed on. */
const OPTIONS = { timeout: 1_000, origin: { protocol: 'code-interpreter' } };

/** `POST /contexts/{id}/complete`. */
export const completionBody = z
  .strictObject({
    code: z.string(),
    /** Position in the code, in UTF-16 code units, as in JavaScript strings. */
    cursor: z.int().nonnegative(),
  })
  .refine(({ code, cursor }) => cursor <= code.length, {
    error: 'cursor is past the end of the code',
  });

export const completions = z.object({
  matches: z.array(z.object({ text: z.string(), kind: z.string() })),
  /** A match replaces the code from `start` to `end`. */
  start: z.int(),
  end: z.int(),
});
export type Completions = z.infer<typeof completions>;

/**
 * Returns completions at the cursor, from the current state of the session.
 *
 * @throws SessionBusyError while code runs: a user who types does not wait for it.
 */
export async function completionsIn(
  session: PythonSession,
  { code, cursor }: z.infer<typeof completionBody>,
): Promise<Completions> {
  const { id, condition } = session;
  if (condition !== 'idle') throw new SessionBusyError(id, condition, 'asked for completions');
  const target = '_fujian.interactive.completions:complete';
  try {
    return completions.parse(await session.call(target, [code, cursor], {}, OPTIONS));
  } catch (error) {
    // An object may be slow to inspect, or return nonsense.
    if (error instanceof PythonError || error instanceof z.ZodError) {
      return { matches: [], start: cursor, end: cursor };
    }
    throw error;
  }
}
