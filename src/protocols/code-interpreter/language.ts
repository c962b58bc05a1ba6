import { z } from 'zod';

/** The only language, in any spelling of its case. */
export const LANGUAGE = 'python';

/** Schema of the member `language`. */
export const language = z
  .string()
  .nullish()
  .refine((value) => value == null || value.trim().toLowerCase() === LANGUAGE, {
    error: ({ input }) => `${String(input)} is not supported; use ${LANGUAGE}`,
  });
