import { HttpException } from '@nestjs/common';

import type { AccessRefusal } from './access-request.js';
import { challengeHeaders } from './access-headers.js';
import type { AnswerHeaders } from './access-headers.js';
import type { AccessCode } from './access.constants.js';

/** HTTP exception of a refusal. Its body is `{ statusCode, code, message }`. */
export class AccessDeniedException extends HttpException {
  readonly code: AccessCode;
  /**
   * Headers that the exception filter must set, as Nest sends no headers of an exception by itself.
   */
  readonly headers: AnswerHeaders;

  constructor({ status, code, message }: AccessRefusal) {
    super({ statusCode: status, code, message }, status, { errorCode: code });
    this.code = code;
    this.headers = challengeHeaders(status);
  }
}
