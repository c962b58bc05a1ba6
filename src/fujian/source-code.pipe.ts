import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, type PipeTransform } from '@nestjs/common';
import { DEFAULTS } from '../../config/defaults.js';
import { type BodyLimit, readBody } from '../requests/request-body.js';
import { FUJIAN_OPTIONS, type FujianOptions } from './fujian-options.js';
import { sourceText } from './source-text.js';

/** Reads the body as source code. A pipe runs after the guards, so that strangers' bodies stay unread. */
@Injectable()
export class SourceCodePipe implements PipeTransform<IncomingMessage, Promise<string>> {
  private readonly limit: BodyLimit;

  constructor(@Inject(FUJIAN_OPTIONS) { bodyLimit }: FujianOptions) {
    this.limit = { bytes: bodyLimit ?? DEFAULTS.bodyLimit, setting: 'FUJIAN_BODY_LIMIT' };
  }

  async transform(message: IncomingMessage): Promise<string> {
    return sourceText(await readBody(message, this.limit), message.headers['content-type']);
  }
}
