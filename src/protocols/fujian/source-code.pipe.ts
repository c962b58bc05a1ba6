import { Inject, Injectable, type PipeTransform } from '@nestjs/common';
import { DEFAULTS } from '../../../config/defaults.js';
import { receivedBody, type ReceivedRequest } from '../../http/received-body.js';
import type { BodyLimit } from '../../http/request-body.js';
import { FUJIAN_OPTIONS, type FujianOptions } from './fujian-options.js';
import { parsedSource, sourceText } from './source-text.js';

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
