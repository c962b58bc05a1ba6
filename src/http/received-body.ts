import type { IncomingMessage } from 'node:http';
import { UnsupportedMediaTypeException } from '@nestjs/common';
import { type BodyLimit, readBody } from './request-body.js';

/** A request whose body the parsers of an application may have read already. */
export interface ReceivedRequest {
  readonly message: IncomingMessage;
  /** The body as it came, where it was kept: `NestFactory.create(…, { rawBody: true })`. */
  readonly rawBody: Buffer | undefined;
  /** What a parser has made of it. */
  readonly parsed: unknown;
}

/** All that is left of a body: what a parser has made of it. */
export class ParsedBody {
  constructor(
    readonly value: unknown,
    readonly contentType: string | undefined,
  ) {}

  get isJson(): boolean {
    return /^application\/([^;]+\+)?json\b/i.test(this.contentType?.trim() ?? '');
  }
}

/**
 * The body as it came, if it still can be had.
 *
 * @throws HttpException, where it is read here: see `readBody`.
 */
export async function receivedBody(
  { message, rawBody, parsed }: ReceivedRequest,
  limit: BodyLimit,
): Promise<Buffer | ParsedBody> {
  if (rawBody) return rawBody;
  if (Buffer.isBuffer(parsed)) return parsed;
  // `readableDidRead` is false for an empty body that a parser has read: there is nothing to lose.
  if (!message.readableDidRead) return readBody(message, limit);
  return new ParsedBody(parsed, message.headers['content-type']);
}

/** What the client sent is lost, and what is left might be something else. */
export function bodyLost({ contentType }: ParsedBody): UnsupportedMediaTypeException {
  const type = contentType === undefined ? 'without a Content-Type' : `of type '${contentType}'`;
  return new UnsupportedMediaTypeException({
    statusCode: 415,
    code: 'FUJIAN_BODY_LOST',
    message:
      `A body ${type} is taken apart by a parser of this application before it is seen here; nothing was run. ` +
      'Create the application with { rawBody: true }, or send the body with another Content-Type, such as text/plain.',
  });
}
