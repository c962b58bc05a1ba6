import { z } from 'zod';
import { language } from './language.js';

/** `POST /execute`. */
export const executeBody = z
  .object({
    code: z.string(),
    context_id: z.string().nullish(),
    language,
    /** The file name in tracebacks. An addition of Fujian's, which no SDK sends. */
    filename: z.string().nullish(),
    env_vars: z.record(z.string(), z.string()).nullish(),
  })
  .refine(({ context_id, language }) => context_id == null || language == null, {
    error: 'only one of context_id and language can be given',
  });

export type ExecuteBody = z.infer<typeof executeBody>;
