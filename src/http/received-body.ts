import type { IncomingMessage } from 'node:http';
import { UnsupportedMediaTypeException } from '@nestjs/common';
import { type BodyLimit, readBody } from './request-body.js';

/** A request whose body the parsers of an application may have read already. */
export interface ReceivedRequest {
  readonly message: IncomingMessage;
  /** The raw bytes, if the application keeps them: `NestFactory.create(…, { rawBody: true })`. */
  readonly rawBody: Buffer | undefined;
  /** The result of a body parser. */
  readonly parsed: unknown;
}

/** The result of a body parser, where the bytes are lost. */
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
 * Returns the bytes of the body if they are still available, otherwise the result of a parser.
 *
 * @throws HttpException, see `readBody`.
 */
export async function receivedBody(
  { message, rawBody, parsed }: ReceivedRequest,
  limit: BodyLimit,
): Promise<Buffer | ParsedBody> {
  if (rawBody) return rawBody;
  if (Buffer.isBuffer(parsed)) return parsed;
  // `readableDidRead` is false for an empty body that a parser has read, where nothing is lost.
  if (!message.readableDidRead) return readBody(message, limit);
  return new ParsedBody(parsed, message.headers['content-type']);
}

/** Refuses a parsed body, as its bytes are lost and might have been something else. */
export function bodyLost({ contentType }: ParsedBody): UnsupportedMediaTypeException {
  const type = contentType === undefined ? 'without a Content-Type' : `of type '${contentType}'`;
  return new UnsupportedMediaTypeException({
    statusCode: 415,
    code: 'FUJIAN_BODY_LOST',
    message:
      `A parser of this application has consumed the body ${type}, so its bytes are lost; nothing was run. ` +
      'Create the application with { rawBody: true }, or send the body with another Content-Type, such as text/plain.',
  });
}
