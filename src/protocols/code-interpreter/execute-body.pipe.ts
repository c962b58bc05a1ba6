import { Inject, Injectable } from '@nestjs/common';
import { DEFAULTS } from '../../../config/defaults.js';
import {
  CODE_INTERPRETER_OPTIONS,
  type CodeInterpreterOptions,
} from './code-interpreter-options.js';
import { executeBody } from './execute-body.js';
import { JsonBodyPipe } from './json-body.pipe.js';

/** Reads the body of an `/execute`. */
@Injectable()
export class ExecuteBodyPipe extends JsonBodyPipe<typeof executeBody> {
  constructor(@Inject(CODE_INTERPRETER_OPTIONS) { bodyLimit }: CodeInterpreterOptions) {
    super(executeBody, {
      bytes: bodyLimit ?? DEFAULTS.bodyLimit,
      setting: 'option bodyLimit, FUJIAN_BODY_LIMIT',
    });
  }
}
