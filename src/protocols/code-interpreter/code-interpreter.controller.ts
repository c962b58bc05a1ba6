import { setImmediate } from 'node:timers/promises';
import {
  Get,
  Header,
  HttpCode,
  HttpStatus,
  Inject,
  Logger,
  Options,
  Post,
  Res,
  ServiceUnavailableException,
} from '@nestjs/common';
import { DEFAULTS } from '../../../config/defaults.js';
import { AccessPurpose } from '../../access/access-purpose.decorator.js';
import { GuardedController } from '../../http/guarded-controller.decorator.js';
import { FujianError } from '../../errors/fujian-error.js';
import { MAIN_SESSION } from '../../execution/ids.js';
import type { ExecutionOrigin } from '../../execution/observing/execution-event.js';
import { PythonInterpreterService } from '../../execution/python-interpreter.service.js';
import { type PlatformResponse, hijackResponse } from '../../http/platform/hijack-response.js';
import { RequestId } from '../../http/request-id.js';
import { Received } from '../../http/request-body.js';
import type { Line } from './ascii-json.js';
import { CodeInterpreterErrorFilter } from './code-interpreter-error.filter.js';
import {
  CODE_INTERPRETER_OPTIONS,
  type CodeInterpreterOptions,
} from './code-interpreter-options.js';
import { type ExecuteBody, ExecuteBodyPipe } from './execute-body.js';
import {
  END_OF_EXECUTION,
  INTERNAL_ERROR,
  linesOf,
  linesOfFailure,
  PrintedText,
} from './execution-lines.js';
import { LineResponse } from './line-response.js';

/** Runs code in the code-interpreter protocol. */
@GuardedController(CodeInterpreterErrorFilter)
export class CodeInterpreterController {
  private readonly logger = new Logger('Fujian');
  private readonly keepAlive: number;

  constructor(
    private readonly python: PythonInterpreterService,
    @Inject(CODE_INTERPRETER_OPTIONS) { keepAlive }: CodeInterpreterOptions,
  ) {
    this.keepAlive = keepAlive ?? DEFAULTS.keepAlive;
  }

  @Options(['health', 'execute'])
  @HttpCode(204)
  @AccessPurpose('preflight')
  preflight(): void {}

  @Get('health')
  @Header('Content-Type', 'application/json; charset=utf-8')
  health(): string {
    const { problems } = this.python.health;
    if (problems.length > 0) {
      throw new ServiceUnavailableException({
        statusCode: HttpStatus.SERVICE_UNAVAILABLE,
        code: 'FUJIAN_NOT_READY',
        message: problems.join(' '),
      });
    }
    return JSON.stringify('OK');
  }

  /** Responds once the execution is accepted, then streams its lines. */
  @Post('execute')
  async execute(
    @Received(ExecuteBodyPipe) body: ExecuteBody,
    @RequestId() requestId: string,
    @Res() platformResponse: PlatformResponse,
  ): Promise<void> {
    const response = new LineResponse(platformResponse.raw ?? platformResponse, this.keepAlive);
    const failed = this.run(body, response, { protocol: 'code-interpreter', requestId }).then(
      () => undefined,
      (error: unknown) => error,
    );
    // Refusals come at once, and get a status of their own.
    const refusal = await Promise.race([failed, setImmediate(undefined)]);
    if (refusal !== undefined && !response.hasBegun) {
      response.leave();
      throw refusal;
    }
    hijackResponse(platformResponse);
    response.begin();
    const error = await failed;
    if (error !== undefined) response.write(this.failure(error));
    response.write([END_OF_EXECUTION]);
    await response.end();
  }

  private run(body: ExecuteBody, response: LineResponse, origin: ExecutionOrigin): Promise<void> {
    const { code, context_id, filename, env_vars } = body;
    const events = this.python.stream(code, {
      session: context_id ?? MAIN_SESSION,
      interactive: true,
      ...(filename != null && { filename }),
      env: env_vars ?? {},
      signal: response.signal,
      ready: () => response.ready,
      origin,
    });
    const printed = new PrintedText((event) => response.write(linesOf(event)));
    return events.forEach((event) => printed.take(event)).finally(() => printed.release());
  }

  private failure(error: unknown): readonly Line[] {
    if (error instanceof FujianError) return linesOfFailure(error);
    this.logger.error(error);
    return [INTERNAL_ERROR];
  }
}
