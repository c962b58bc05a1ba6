import { Get, HttpCode, Options, Param, Post } from '@nestjs/common';
import { AccessPurpose } from '../../access/access-purpose.decorator.js';
import { GuardedController } from '../../http/guarded-controller.decorator.js';
import type { SessionExecuteOptions } from '../../execution/execution.js';
import { MAIN_SESSION } from '../../execution/ids.js';
import { PythonInterpreterService } from '../../execution/python-interpreter.service.js';
import { CodeRaisedException } from './code-raised.exception.js';
import { FujianErrorFilter } from './fujian-error.filter.js';
import { type FujianReply, replyTo } from './fujian-reply.js';
import { Isolated } from './isolated.decorator.js';
import { RequestId } from '../../http/request-id.js';
import { Received } from '../../http/received-request.decorator.js';
import { SourceCodePipe } from './source-code.pipe.js';

/** The Fujian protocol over HTTP. */
@GuardedController(FujianErrorFilter)
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
    @Received(SourceCodePipe) code: string,
    @Isolated() isolated: boolean,
    @RequestId() requestId: string,
  ): Promise<FujianReply> {
    return this.run(code, {
      session: MAIN_SESSION,
      isolated,
      origin: { protocol: 'http', requestId },
    });
  }

  @Post('contexts/:id/exec')
  @HttpCode(200)
  execIn(
    @Param('id') session: string,
    @Received(SourceCodePipe) code: string,
    @Isolated() isolated: boolean,
    @RequestId() requestId: string,
  ): Promise<FujianReply> {
    return this.run(code, { session, isolated, origin: { protocol: 'http', requestId } });
  }

  private async run(code: string, options: SessionExecuteOptions): Promise<FujianReply> {
    const reply = replyTo(await this.python.execute(code, options));
    if (reply.traceback !== undefined) throw new CodeRaisedException(reply);
    return reply;
  }
}
