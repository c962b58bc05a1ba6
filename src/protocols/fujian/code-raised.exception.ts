import { HttpException, HttpStatus } from '@nestjs/common';
import type { OutgoingReply } from './fujian-reply.js';

/** Code raised: the response is a complete reply, with the traceback, and status 400. */
export class CodeRaisedException extends HttpException {
  constructor(readonly reply: OutgoingReply) {
    super(reply, HttpStatus.BAD_REQUEST);
  }
}
