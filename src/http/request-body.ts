import {
  BadRequestException,
  createParamDecorator,
  type ExecutionContext,
  NotImplementedException,
  PayloadTooLargeException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import { TooMuchAtOnceError } from '../errors/request-errors.js';
import { incomingMessageOf } from './platform/incoming-message.js';
import { MOST_UNFINISHED, UnfinishedMessage } from './unfinished-messages.js';

const NO_BYTES = Buffer.alloc(0);

export interface BodyLimit {
  readonly bytes: number;
  /** The name of the setting behind the limit. */
  readonly setting?: string;
}

/**
 * Reads the body of a request.
 *
 * @throws HttpException: 400 for an incomplete body, 413 for one that is too large, 415 for a
 * compressed one. TooMuchAtOnceError if too many clients send large bodies.
 */
export async function readBody(message: IncomingMessage, limit: BodyLimit): Promise<Buffer> {
  const encoding = message.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity') {
    throw new UnsupportedMediaTypeException({
      statusCode: 415,
      code: 'FUJIAN_COMPRESSED_BODY',
      message: `A body with the Content-Encoding '${encoding}' is not read here; send it as it is.`,
    });
  }
  // Mostly the whole body came with the headers, so there is nothing to wait for.
  if (message.complete && message.readableLength <= limit.bytes) {
    return (message.read() as Buffer | null) ?? NO_BYTES;
  }
  try {
    return await collected(message, limit);
  } catch (error) {
    message.resume(); // discards the rest, up to the connection's next request
    // The last request of a connection must be read to its end: closing while the client still
    // sends could lose the response.
    if (isLastOfItsConnection(message)) await finished(message).catch(() => undefined);
    throw error;
  }
}

async function collected(message: IncomingMessage, limit: BodyLimit): Promise<Buffer> {
  if (Number(message.headers['content-length']) > limit.bytes) throw tooLarge(limit);
  const unfinished = new UnfinishedMessage();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of message.iterator({ destroyOnReturn: false })) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > limit.bytes) throw tooLarge(limit);
      if (!unfinished.add((chunk as Buffer).length)) throw new TooMuchAtOnceError(MOST_UNFINISHED);
    }
  } catch (error) {
    throw message.errored ? incomplete(message.errored) : error;
  } finally {
    unfinished.end();
  }
  return Buffer.concat(chunks, size);
}

function isLastOfItsConnection({ headers, httpVersion }: IncomingMessage): boolean {
  return httpVersion === '1.0' || /\bclose\b/i.test(headers.connection ?? '');
}

function tooLarge({ bytes, setting }: BodyLimit): PayloadTooLargeException {
  return new PayloadTooLargeException({
    statusCode: 413,
    code: 'FUJIAN_BODY_TOO_LARGE',
    message: `The body is larger than ${bytes} bytes${setting === undefined ? '' : ` (${setting})`}; nothing was run.`,
  });
}

function incomplete(cause: Error): BadRequestException {
  return new BadRequestException(
    {
      statusCode: 400,
      code: 'FUJIAN_BODY_INCOMPLETE',
      message: `The body did not arrive as announced (${cause.message}); nothing was run.`,
    },
    { cause },
  );
}

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

  /** Whether Nest's own parsers keep the bytes of this type if the application asks for them. */
  get isKeptByNest(): boolean {
    return /^application\/(json|x-www-form-urlencoded)\b/i.test(this.contentType?.trim() ?? '');
  }
}

/**
 * Returns the bytes of the body if they are still available, otherwise the result of a parser.
 *
 * @throws HttpException: 501 for a transfer coding other than `chunked`, which nobody has undone;
 * see also `readBody`.
 */
export async function receivedBody(
  { message, rawBody, parsed }: ReceivedRequest,
  limit: BodyLimit,
): Promise<Buffer | ParsedBody> {
  const coding = message.headers['transfer-encoding'] ?? 'chunked';
  if (coding.toLowerCase() !== 'chunked') {
    throw new NotImplementedException({
      statusCode: 501,
      code: 'FUJIAN_TRANSFER_CODING',
      message: `A body with the Transfer-Encoding '${coding}' is not read here, only 'chunked'; nothing was run.`,
    });
  }
  if (rawBody) return rawBody;
  if (Buffer.isBuffer(parsed)) return parsed;
  // `readableDidRead` is false for an empty body that a parser has read, where nothing is lost.
  if (!message.readableDidRead) return readBody(message, limit);
  return new ParsedBody(parsed, message.headers['content-type']);
}

const IF_KEPT =
  ', or send the body with another Content-Type, such as text/plain. ' +
  'If it is created so, a parser that it has added reads first: add that one with app.useBodyParser(), which keeps the bytes.';
const IF_NOT_KEPT =
  " and add the parser of this type with app.useBodyParser('text/plain'), for example, which then keeps the bytes; " +
  'or send the body as text/plain in UTF-8.';

/** Refuses a parsed body, as its bytes are lost and might have been something else. */
export function bodyLost(body: ParsedBody): UnsupportedMediaTypeException {
  const { contentType } = body;
  const type = contentType === undefined ? 'without a Content-Type' : `of type '${contentType}'`;
  return new UnsupportedMediaTypeException({
    statusCode: 415,
    code: 'FUJIAN_BODY_LOST',
    message:
      `A parser of this application has consumed the body ${type}, so its bytes are lost; nothing was run. ` +
      `Create the application with { rawBody: true }${body.isKeptByNest ? IF_KEPT : IF_NOT_KEPT}`,
  });
}

/** A request of Express or Fastify, with the members that Nest adds. */
interface PlatformRequest extends IncomingMessage {
  readonly body?: unknown;
  readonly rawBody?: Buffer;
}

/** Parameter decorator for Node's request, with the results of body parsers. */
export const Received = createParamDecorator(
  (_: unknown, context: ExecutionContext): ReceivedRequest => {
    const { rawBody, body } = context.switchToHttp().getRequest<PlatformRequest>();
    return { message: incomingMessageOf(context), rawBody, parsed: body };
  },
);
