import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { DEFAULTS } from '../../../config/defaults.js';
import {
  CODE_INTERPRETER_OPTIONS,
  type CodeInterpreterOptions,
} from './code-interpreter-options.js';
import { JsonBodyPipe } from './json-body.pipe.js';

/** The only language, in any spelling of its case. */
export const LANGUAGE = 'python';

/** Schema of the member `language`. */
export const language = z
  .string()
  .nullish()
  .refine((value) => value == null || value.trim().toLowerCase() === LANGUAGE, {
    error: ({ input }) => `${String(input)} is not supported; use ${LANGUAGE}`,
  });

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

/** Reads the body of an `/execute`. */
@Injectable()
export class ExecuteBodyPipe extends JsonBodyPipe<typeof executeBody> {
  constructor(@Inject(CODE_INTERPRETER_OPTIONS) { bodyLimit }: CodeInterpreterOptions) {
    super(executeBody, {
      bytes: bodyLimit ?? DEFAULTS.bodyLimit,
      setting: 'option bodyLimit, FUJIAN_BODY_LIMIT',
    });
  }
}
