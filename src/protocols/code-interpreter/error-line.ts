import { z } from 'zod';

export const exit = z.strictObject({
  status: z.int().exactOptional(),
  message: z
    .string()
    .exactOptional()
    .describe('The text that Python would have written to stderr.'),
  signal: z.string().exactOptional().describe('The signal that ended the interpreter.'),
});

/** The line of a reply to `/execute` that reports an error. */
export const errorLine = z.strictObject({
  type: z.literal('error'),
  name: z.string(),
  value: z.string(),
  traceback: z.string(),
  exit: exit
    .exactOptional()
    .describe('The end of a program: for SystemExit, and for an interpreter that died.'),
});
export type ErrorLine = z.infer<typeof errorLine>;
