import { setImmediate } from 'node:timers/promises';
import {
  BadRequestException,
  createParamDecorator,
  type ExecutionContext,
  Get,
  HttpCode,
  Options,
  Param,
  type PipeTransform,
  Post,
} from '@nestjs/common';
import { AccessPurpose } from '../../access/access-purpose.decorator.js';
import type { ExecutionResult, SessionExecuteOptions } from '../../execution/execution.js';
import { MAIN_SESSION } from '../../execution/ids.js';
import { PythonInterpreterService } from '../../execution/python-interpreter.service.js';
import { GuardedController } from '../../http/guarded-controller.decorator.js';
import { Received } from '../../http/request-body.js';
import { RequestId } from '../../http/request-id.js';
import { CodeRaisedException } from './code-raised.exception.js';
import { FujianErrorFilter } from './fujian-error.filter.js';
import { replyTo } from './fujian-reply.js';
import { bodyOf, type ReplyBody } from './reply-body.js';
import { SourceCodePipe } from './source-code.pipe.js';

const VALUES = new Map<unknown, boolean>([
  [undefined, false],
  ['', true],
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

class IsolatedPipe implements PipeTransform<unknown, boolean> {
  transform(value: unknown): boolean {
    const isolated = VALUES.get(value);
    if (isolated !== undefined) return isolated;
    throw new BadRequestException({
      statusCode: 400,
      code: 'FUJIAN_BAD_QUERY',
      message: 'isolated must be true or false; nothing was run.',
    });
  }
}

const isolatedOf = createParamDecorator((_: unknown, context: ExecutionContext): unknown => {
  const { query } = context.switchToHttp().getRequest<{ query: { isolated?: unknown } }>();
  return query.isolated;
});

/**
 * Parameter decorator for `?isolated`, `?isolated=true`. Not `@Query()`: an application's
 * `ValidationPipe` would turn the parameter into a boolean by other rules, for which `1` is false.
 */
export const Isolated = (): ParameterDecorator => isolatedOf(IsolatedPipe);

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
  ): Promise<ReplyBody> {
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
  ): Promise<ReplyBody> {
    return this.run(code, { session, isolated, origin: { protocol: 'http', requestId } });
  }

  private async run(code: string, options: SessionExecuteOptions): Promise<ReplyBody> {
    const reply = replyTo(await this.executed(code, options));
    if (reply.traceback !== undefined) throw new CodeRaisedException(reply);
    return bodyOf(reply);
  }

  /** Lets the messages that the code pushed leave first: sockets batch them until the turn ends. */
  private async executed(code: string, options: SessionExecuteOptions): Promise<ExecutionResult> {
    try {
      return await this.python.execute(code, options);
    } finally {
      if (this.python.connections > 0) await setImmediate();
    }
  }
}
