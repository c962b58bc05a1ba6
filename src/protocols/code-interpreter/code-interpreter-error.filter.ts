import type { IncomingMessage } from 'node:http';
import { Catch } from '@nestjs/common';
import { type Answer, ErrorFilter } from '../../http/error.filter.js';
import { SessionNotFoundError } from '../../errors/session-errors.js';

/** Answers errors of the code-interpreter protocol. The SDKs show the body of a 404 as it is. */
@Catch()
export class CodeInterpreterErrorFilter extends ErrorFilter {
  protected override answerTo(error: unknown, message: IncomingMessage): Answer {
    const answer = super.answerTo(error, message);
    if (!(error instanceof SessionNotFoundError)) return answer;
    const headers = { ...answer.headers, 'Content-Type': 'text/plain; charset=utf-8' };
    return { ...answer, body: error.message, headers };
  }
}
