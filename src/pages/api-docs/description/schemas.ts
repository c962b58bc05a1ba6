import { z } from 'zod';
import { completionBody, completions } from '../../../protocols/code-interpreter/completions.js';
import type { ContextAnswer } from '../../../protocols/code-interpreter/context-answer.js';
import { newContext, newFork } from '../../../protocols/code-interpreter/context-bodies.js';
import { errorLine } from '../../../protocols/code-interpreter/execution-lines.js';
import { executeBody, language } from '../../../protocols/code-interpreter/execute-body.js';
import type { FujianReply } from '../../../protocols/fujian/fujian-reply.js';

// Requests are described by the protocols' own schemas. Responses are described here: the compiler checks
// these schemas against the types of the protocols, and the tests check real responses against them.

const indicators = z.record(z.string(), z.looseObject({ status: z.enum(['up', 'down']) }));

const health = z.strictObject({
  status: z.enum(['ok', 'error', 'shutting_down']),
  info: indicators.describe('Parts that are healthy.'),
  error: indicators.describe('What is not; `problems` says why.'),
  details: indicators.describe('Both.'),
});

const error = z.strictObject({
  statusCode: z.int(),
  code: z.string().describe('Stable, for code to tell errors apart.'),
  message: z.string().describe('For people: what happened, and what to do.'),
});

const reply = z.strictObject({
  stdout: z.string(),
  stderr: z.string(),
  return: z.string().describe('`str(fujian_return)`, where the code has set this variable.'),
  traceback: z.string().exactOptional().describe('Present if the code raised, or was refused.'),
  lostThreads: z
    .array(z.string())
    .readonly()
    .exactOptional()
    .describe('Names of the threads of the session that isolated code lacked, if there are any.'),
}) satisfies z.ZodType<FujianReply>;

const context = z.strictObject({
  id: z.string(),
  language: z.string(),
  cwd: z.string(),
  state: z.enum(['starting', 'idle', 'busy', 'failed', 'closing', 'closed']),
  generation: z.int().describe('Number of interpreters that the session has had.'),
  executions: z.int().describe('Executions so far, the running one included.'),
  pending: z.int().describe('Executions that are running or waiting.'),
  memory: z.int().nullable().describe('Bytes; `null` where nobody can tell.'),
  createdAt: z.iso.datetime(),
  lastActiveAt: z.iso.datetime(),
}) satisfies z.ZodType<ContextAnswer>;

const fork = context.extend({
  lostThreads: z
    .array(z.string())
    .describe('Names of threads that the fork has lost; those of native code are marked.'),
});

const interruption = z.strictObject({
  interrupted: z.boolean().describe('Whether any code ran.'),
});

/** Bytes are in base64. */
const FORMS = {
  text: z.string().exactOptional().describe('`text/plain`'),
  html: z.string().exactOptional(),
  markdown: z.string().exactOptional(),
  svg: z.string().exactOptional(),
  png: z.string().exactOptional().describe('In base64.'),
  jpeg: z.string().exactOptional().describe('In base64.'),
  pdf: z.string().exactOptional().describe('In base64.'),
  latex: z.string().exactOptional(),
  json: z.unknown().optional(),
  javascript: z.string().exactOptional(),
  data: z.unknown().optional().describe('The columns of a table.'),
  chart: z.unknown().optional().describe('The numbers of a plot.'),
  extra: z.record(z.string(), z.unknown()).exactOptional().describe('Other forms, by MIME type.'),
};

const printed = (type: 'stdout' | 'stderr') =>
  z.strictObject({
    type: z.literal(type),
    text: z.string(),
    timestamp: z.number().describe('Nanoseconds since 1970, to the millisecond.'),
  });

const executionLine = z.union([
  z.strictObject({ type: z.literal('number_of_executions'), execution_count: z.int() }),
  printed('stdout'),
  printed('stderr'),
  z.strictObject({ type: z.literal('result'), ...FORMS, is_main_result: z.boolean() }),
  z.strictObject({ type: z.literal('display_id'), display_id: z.string() }),
  z.strictObject({ type: z.literal('update_display'), display_id: z.string(), ...FORMS }),
  z.strictObject({ type: z.literal('clear_output'), wait: z.boolean() }),
  z.strictObject({ type: z.literal('push'), text: z.string() }),
  z.strictObject({ type: z.literal('push'), data: z.string().describe('In base64.') }),
  errorLine,
  z.strictObject({ type: z.literal('keepalive') }),
  z.strictObject({ type: z.literal('end_of_execution') }),
]);

const NAMED = {
  Error: [error, 'Every error that is not an exception of the code.'],
  Reply: [reply, 'The output and the return value of code.'],
  ExecuteBody: [executeBody, 'Only one of `context_id` and `language` may be given.'],
  Language: [language, 'Python is the only language.'],
  NewContext: [newContext, 'All members are optional.'],
  NewFork: [newFork, 'All members are optional.'],
  Context: [context, 'A session.'],
  Fork: [fork, 'A session forked from another.'],
  Completion: [completionBody, 'Code, and the position of the cursor.'],
  Completions: [completions, 'Completions at the cursor.'],
  Health: [health, 'The health in the format of `@nestjs/terminus`.'],
  Interruption: [interruption, 'The result of an interrupt.'],
  ExecutionLine: [executionLine, 'One line of the response to `POST /execute`.'],
} as const satisfies Record<string, readonly [z.ZodType, string]>;

export type SchemaName = keyof typeof NAMED;

export const refTo = (name: SchemaName): { readonly $ref: string } => ({
  $ref: `#/components/schemas/${name}`,
});

/** Returns the schemas as JSON Schema, by name, with references as in the components of a document. */
export function schemas(names = Object.keys(NAMED) as SchemaName[]): Record<string, object> {
  const registry = z.registry<{ id: string; description: string }>();
  for (const id of names) {
    const [schema, description] = NAMED[id];
    registry.add(schema, { id, description });
  }
  const uri = (id: string): string => refTo(id as SchemaName).$ref;
  const { schemas: made } = z.toJSONSchema(registry, {
    io: 'input',
    uri,
    override: withoutObvious,
  });
  return Object.fromEntries(
    Object.entries(made).map(([name, schema]) => {
      delete schema.$schema;
      delete schema.$id;
      return [name, schema];
    }),
  );
}

/** Removes the bounds of JavaScript's safe integers. */
function withoutObvious({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
