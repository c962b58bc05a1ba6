import {
  Controller,
  Get,
  HttpCode,
  Options,
  Param,
  Post,
  Query,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { AccessGuard } from '../access/access.guard.js';
import { AccessPurpose } from '../access/access-purpose.decorator.js';
import { AnswerHeadersInterceptor } from '../answers/answer-headers.interceptor.js';
import type { SessionExecuteOptions } from '../execution/execution.js';
import { MAIN_SESSION } from '../execution/ids.js';
import { PythonInterpreterService } from '../execution/python-interpreter.service.js';
import { CodeRaisedException } from './code-raised.exception.js';
import { FujianErrorFilter } from './fujian-error.filter.js';
import { type FujianReply, replyTo } from './fujian-reply.js';
import { IsolatedPipe } from './isolated.pipe.js';
import { UnreadMessage } from '../requests/unread-message.decorator.js';
import { SourceCodePipe } from './source-code.pipe.js';

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
  exec(
    @UnreadMessage(SourceCodePipe) code: string,
    @Query('isolated', IsolatedPipe) isolated: boolean,
  ): Promise<FujianReply> {
    return this.run(code, { session: MAIN_SESSION, isolated });
  }

  @Post('contexts/:id/exec')
  @HttpCode(200)
  execIn(
    @Param('id') session: string,
    @UnreadMessage(SourceCodePipe) code: string,
    @Query('isolated', IsolatedPipe) isolated: boolean,
  ): Promise<FujianReply> {
    return this.run(code, { session, isolated });
  }

  private async run(code: string, options: SessionExecuteOptions): Promise<FujianReply> {
    const reply = replyTo(await this.python.execute(code, options));
    if (reply.traceback !== undefined) throw new CodeRaisedException(reply);
    return reply;
  }
}
