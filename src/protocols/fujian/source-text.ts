import { isUtf8 } from 'node:buffer';
import { BadRequestException, UnsupportedMediaTypeException } from '@nestjs/common';
import { parse } from 'content-type';
import iconv from 'iconv-lite';
import { bodyLost, type ParsedBody } from '../../http/received-body.js';

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
