import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import {
  BadRequestException,
  PayloadTooLargeException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import getRawBody from 'raw-body';

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
 * compressed one.
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
    return await getRawBody(message, {
      limit: limit.bytes,
      length: message.headers['content-length'] ?? null,
    });
  } catch (error) {
    message.resume(); // discards the rest, up to the connection's next request
    // The last request of a connection must be read to its end: closing while the client still
    // sends could lose the response.
    if (isLastOfItsConnection(message)) await finished(message).catch(() => undefined);
    throw bodyError(error as getRawBody.RawBodyError, limit);
  }
}

function isLastOfItsConnection({ headers, httpVersion }: IncomingMessage): boolean {
  return httpVersion === '1.0' || /\bclose\b/i.test(headers.connection ?? '');
}

function bodyError(error: getRawBody.RawBodyError, { bytes, setting }: BodyLimit): Error {
  if (error.type === 'entity.too.large') {
    return new PayloadTooLargeException({
      statusCode: 413,
      code: 'FUJIAN_BODY_TOO_LARGE',
      message: `The body is larger than ${bytes} bytes${setting === undefined ? '' : ` (${setting})`}; nothing was run.`,
    });
  }
  return new BadRequestException(
    {
      statusCode: 400,
      code: 'FUJIAN_BODY_INCOMPLETE',
      message: `The body did not arrive as announced (${error.message}); nothing was run.`,
    },
    { cause: error },
  );
}
