import { z } from 'zod';

/** The only language; clients may spell it as they like. */
export const LANGUAGE = 'python';

/** The member that the bodies of the protocol have for it. */
export const language = z
  .string()
  .nullish()
  .refine((value) => value == null || value.trim().toLowerCase() === LANGUAGE, {
    error: ({ input }) => `${String(input)} is not spoken here; ${LANGUAGE} is`,
  });
