import type { IncomingMessage } from 'node:http';
import { Catch } from '@nestjs/common';
import { type Answer, ErrorFilter } from '../../http/error.filter.js';
import { InterpreterDiedError } from '../../errors/interpreter-death.js';
import { replyToDeath } from './fujian-reply.js';

/**
 * Answers the death of an interpreter with a complete reply, like code that raised, and status 500.
 */
@Catch()
export class FujianErrorFilter extends ErrorFilter {
  protected override answerTo(error: unknown, message: IncomingMessage): Answer {
    if (error instanceof InterpreterDiedError) return { status: 500, body: replyToDeath(error) };
    return super.answerTo(error, message);
  }
}
