import type { IncomingMessage } from 'node:http';
import { Catch } from '@nestjs/common';
import { type Answer, ErrorFilter } from '../../http/error.filter.js';
import { InterpreterDiedError } from '../../errors/interpreter-death.js';
import { CodeRaisedException } from './code-raised.exception.js';
import { replyToDeath } from './fujian-reply.js';
import { bodyOf } from './reply-body.js';

/** Answers code that raised, and with status 500 the death of an interpreter, with a complete reply. */
@Catch()
export class FujianErrorFilter extends ErrorFilter {
  protected override answerTo(error: unknown, message: IncomingMessage): Answer {
    if (error instanceof InterpreterDiedError) {
      return { status: 500, body: bodyOf(replyToDeath(error)) };
    }
    if (error instanceof CodeRaisedException) {
      return { status: error.getStatus(), body: bodyOf(error.reply) };
    }
    return super.answerTo(error, message);
  }
}
