import type { IncomingMessage } from 'node:http';
import { BadRequestException, type PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { type BodyLimit, readBody } from '../requests/request-body.js';

/** What is said of a context is short, but for its environment. */
const LIMIT: BodyLimit = { bytes: 1024 * 1024 };

/** Reads the body as JSON of a known shape, whatever its type says; an empty one counts as `{}`. */
export class JsonBodyPipe<Schema extends z.ZodType> implements PipeTransform<
  IncomingMessage,
  Promise<z.infer<Schema>>
> {
  constructor(
    private readonly schema: Schema,
    private readonly limit = LIMIT,
  ) {}

  async transform(message: IncomingMessage): Promise<z.infer<Schema>> {
    const body = (await readBody(message, this.limit)).toString();
    const result = this.schema.safeParse(body === '' ? {} : parsed(body));
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const where = issue!.path.length > 0 ? `'${issue!.path.join('.')}': ` : '';
    throw badBody(`${where}${issue!.message}`);
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw badBody(`it is not JSON (${(error as Error).message})`);
  }
}

function badBody(problem: string): BadRequestException {
  return new BadRequestException({
    statusCode: 400,
    code: 'FUJIAN_BAD_BODY',
    message: `The body does not fit: ${problem}`,
  });
}
