import { z } from 'zod';

export const exit = z.strictObject({
  status: z.int().exactOptional(),
  message: z.string().exactOptional().describe('What Python would have written to stderr.'),
  signal: z.string().exactOptional().describe('That ended the interpreter.'),
});

/** The line of an answer to `/execute` that tells of an error. */
export const errorLine = z.strictObject({
  type: z.literal('error'),
  name: z.string(),
  value: z.string(),
  traceback: z.string(),
  exit: exit
    .exactOptional()
    .describe('How a program would have ended: of SystemExit, and of an interpreter that died.'),
});
export type ErrorLine = z.infer<typeof errorLine>;
