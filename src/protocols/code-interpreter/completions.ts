import { z } from 'zod';
import { PythonError } from '../../errors/call-errors.js';
import { SessionBusyError } from '../../errors/session-errors.js';
import type { PythonSession } from '../../execution/sessions/python-session.js';

/** After that time whoever types has typed on. */
const OPTIONS = { timeout: 1_000, origin: { protocol: 'code-interpreter' } };

/** `POST /contexts/{id}/complete`. */
export const completionBody = z
  .strictObject({
    code: z.string(),
    /** Where in the code, in UTF-16 code units: as strings of JavaScript are counted. */
    cursor: z.int().nonnegative(),
  })
  .refine(({ code, cursor }) => cursor <= code.length, { error: 'cursor is behind the code' });

export const completions = z.object({
  matches: z.array(z.object({ text: z.string(), kind: z.string() })),
  /** A match takes the place of the code from `start` to `end`. */
  start: z.int(),
  end: z.int(),
});
export type Completions = z.infer<typeof completions>;

/**
 * What may stand at the cursor, as the session is now.
 *
 * @throws SessionBusyError: nobody who types waits for code to end
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
    // What is there takes too long to look at, or makes fun of us.
    if (error instanceof PythonError || error instanceof z.ZodError) {
      return { matches: [], start: cursor, end: cursor };
    }
    throw error;
  }
}
