import { z } from 'zod';

import { language } from './execute-body.js';

const limits = z.strictObject({
  memory: z.int().positive().exactOptional(),
  cpuTime: z.int().min(1_000).exactOptional(),
  processes: z.int().positive().exactOptional(),
  fileSize: z.int().positive().exactOptional(),
  openFiles: z.int().min(32).exactOptional(),
});

/** `POST /contexts`: the members of the code-interpreter protocol, and some of Fujian's. */
export const newContext = z.strictObject({
  language,
  cwd: z.string().nullish(),
  id: z.string().exactOptional(),
  env: z.record(z.string(), z.string()).exactOptional(),
  limits: limits.exactOptional(),
  preload: z.array(z.string()).exactOptional(),
});

/** `POST /contexts/{id}/fork`. */
export const newFork = z.strictObject({ id: z.string().exactOptional() });
