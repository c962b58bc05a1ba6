import { BadRequestException, type PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import {
  type BodyLimit,
  bodyLost,
  ParsedBody,
  receivedBody,
  type ReceivedRequest,
} from '../../http/request-body.js';

/** Bodies about sessions are short, except for environment variables. */
const LIMIT: BodyLimit = { bytes: 1024 * 1024 };

/**
 * Reads the body as JSON of a known schema, whatever its Content-Type; an empty body counts as
 * `{}`.
 */
export class JsonBodyPipe<Schema extends z.ZodType> implements PipeTransform<
  ReceivedRequest,
  Promise<z.infer<Schema>>
> {
  constructor(
    private readonly schema: Schema,
    private readonly limit = LIMIT,
  ) {}

  async transform(request: ReceivedRequest): Promise<z.infer<Schema>> {
    const body = await receivedBody(request, this.limit);
    const value = body instanceof ParsedBody ? jsonOf(body) : parsed(body.toString());
    const result = this.schema.safeParse(value);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const where = issue!.path.length > 0 ? `'${issue!.path.join('.')}': ` : '';
    throw badBody(`${where}${issue!.message}`);
  }
}

/** Returns the JSON of a body that the application has parsed: as JSON, or as text that is JSON. */
function jsonOf(body: ParsedBody): unknown {
  if (body.isJson) return body.value;
  if (typeof body.value === 'string') return parsed(body.value);
  throw bodyLost(body);
}

function parsed(body: string): unknown {
  if (body === '') return {};
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
