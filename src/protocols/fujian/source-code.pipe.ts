import {
  BadRequestException,
  Inject,
  Injectable,
  type PipeTransform,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { parse } from 'content-type';
import iconv from 'iconv-lite';
import { isUtf8 } from 'node:buffer';
import { DEFAULTS } from '../../../config/defaults.js';
import {
  type BodyLimit,
  bodyLost,
  type ParsedBody,
  receivedBody,
  type ReceivedRequest,
} from '../../http/request-body.js';
import { FUJIAN_OPTIONS, type FujianOptions } from './fujian-options.js';

/** Codecs of iconv-lite that turn bytes into digits, not into text. */
const NOT_CHARSETS = new Set(['base64', 'hex']);

const BYTE_ORDER_MARK = '\uFEFF';
/** The character with which decoders replace invalid bytes. */
const REPLACEMENT = '\uFFFD';

/**
 * Decodes source code: as UTF-8, unless `contentType` names another charset.
 *
 * @throws UnsupportedMediaTypeException for an unknown charset, BadRequestException for invalid
 * UTF-8.
 */
export function sourceText(bytes: Buffer, contentType: string | undefined): string {
  const charset = charsetOf(contentType);
  if (isUtf8Name(charset)) return utf8Source(bytes);
  if (!iconv.encodingExists(charset) || NOT_CHARSETS.has(charset)) {
    throw new UnsupportedMediaTypeException({
      statusCode: 415,
      code: 'FUJIAN_UNKNOWN_CHARSET',
      message: `The charset '${charset}' is unknown here; send the code as UTF-8.`,
    });
  }
  return iconv.decode(bytes, charset);
}

/** @throws BadRequestException for invalid UTF-8. */
export function utf8Source(bytes: Buffer): string {
  if (!isUtf8(bytes)) {
    throw new BadRequestException({
      statusCode: 400,
      code: 'FUJIAN_INVALID_UTF8',
      message:
        'The code is not valid UTF-8, so nothing was run; send it as UTF-8, or name its charset in Content-Type.',
    });
  }
  return withoutMark(bytes.toString());
}

/**
 * Returns source code from a parsed body. Refuses charsets other than UTF-8, as the parser may have
 * ignored them, and damaged text.
 *
 * @throws UnsupportedMediaTypeException
 */
export function parsedSource(body: ParsedBody): string {
  const { value, contentType, isJson } = body;
  const isText = typeof value === 'string' && !isJson && isUtf8Name(charsetOf(contentType));
  if (!isText || value.includes(REPLACEMENT)) throw bodyLost(body);
  return withoutMark(value);
}

function withoutMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

function isUtf8Name(charset: string): boolean {
  return charset === 'utf-8' || charset === 'utf8';
}

function charsetOf(contentType: string | undefined): string {
  if (contentType === undefined || !/charset/i.test(contentType)) return 'utf-8';
  try {
    return parse(contentType).parameters['charset']?.toLowerCase() ?? 'utf-8';
  } catch {
    return 'utf-8'; // the protocol accepts any Content-Type, nonsense too
  }
}

/**
 * Reads the body as source code. A pipe runs after the guards, so bodies of refused requests stay
 * unread.
 */
@Injectable()
export class SourceCodePipe implements PipeTransform<ReceivedRequest, Promise<string>> {
  private readonly limit: BodyLimit;

  constructor(@Inject(FUJIAN_OPTIONS) { bodyLimit }: FujianOptions) {
    this.limit = {
      bytes: bodyLimit ?? DEFAULTS.bodyLimit,
      setting: 'option bodyLimit, FUJIAN_BODY_LIMIT',
    };
  }

  async transform(request: ReceivedRequest): Promise<string> {
    const body = await receivedBody(request, this.limit);
    return Buffer.isBuffer(body)
      ? sourceText(body, request.message.headers['content-type'])
      : parsedSource(body);
  }
}
