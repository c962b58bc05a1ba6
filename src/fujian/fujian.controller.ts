import {
  Controller,
  Get,
  HttpCode,
  Options,
  Post,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { AccessGuard } from '../access/access.guard.js';
import { AccessPurpose } from '../access/access-purpose.decorator.js';
import { AnswerHeadersInterceptor } from '../answers/answer-headers.interceptor.js';
import { PythonInterpreterService } from '../execution/python-interpreter.service.js';
import { CodeRaisedException } from './code-raised.exception.js';
import { FujianErrorFilter } from './fujian-error.filter.js';
import { type FujianReply, replyTo } from './fujian-reply.js';
import { Message, SourceCodePipe } from './source-code.pipe.js';

/** The Fujian protocol over HTTP. */
@Controller()
@UseGuards(AccessGuard)
@UseInterceptors(AnswerHeadersInterceptor)
@UseFilters(FujianErrorFilter)
export class FujianController {
  constructor(private readonly python: PythonInterpreterService) {}

  @Get()
  @AccessPurpose('ping')
  ping(): void {}

  @Options()
  @HttpCode(204)
  @AccessPurpose('preflight')
  preflight(): void {}

  @Post()
  @HttpCode(200)
  async exec(@Message(SourceCodePipe) code: string): Promise<FujianReply> {
    const reply = replyTo(await this.python.execute(code));
    if (reply.traceback !== undefined) throw new CodeRaisedException(reply);
    return reply;
  }
}
