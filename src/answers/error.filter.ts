import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Inject,
  Logger,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AccessDeniedException } from '../access/access-denied.exception.js';
import type { AnswerHeaders } from '../access/access-headers.js';
import { AccessPolicy } from '../access/access-policy.js';
import { accessRequestOf } from '../access/access-request.js';
import { FujianError } from '../execution/errors/fujian-error.js';
import { SessionBusyError } from '../execution/errors/session-busy.error.js';
import { SessionExistsError } from '../execution/errors/session-exists.error.js';
import { SessionNotFoundError } from '../execution/errors/session-not-found.error.js';
import { SessionOptionsError } from '../execution/errors/session-options.error.js';
import { SessionPermanentError } from '../execution/errors/session-permanent.error.js';
import { UnavailableError } from '../execution/errors/unavailable.error.js';
import { answerHeaders, setAnswerHeaders } from './answer-headers.js';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: AnswerHeaders;
}

/** Gives every error its status, its JSON and the headers that every answer has. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('Fujian');

  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(AccessPolicy) protected readonly policy: AccessPolicy,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<IncomingMessage & { raw?: IncomingMessage }>();
    const response = http.getResponse<ServerResponse & { raw?: ServerResponse }>();
    const message = request.raw ?? request;
    const { status, body, headers } = this.answerTo(error, message);
    const common = answerHeaders(this.policy, accessRequestOf(message));
    setAnswerHeaders(response.raw ?? response, { ...common, ...headers });
    this.adapterHost.httpAdapter.reply(response, body, status);
  }

  protected answerTo(error: unknown, _message: IncomingMessage): Answer {
    if (error instanceof AccessDeniedException) {
      return { status: error.getStatus(), body: error.getResponse(), headers: error.headers };
    }
    if (error instanceof HttpException) return answerOf(error);
    if (error instanceof UnavailableError) {
      const headers = { 'Retry-After': String(error.retryAfter) };
      return { ...jsonAnswer(503, error.code, error.message), headers };
    }
    if (error instanceof FujianError) {
      return jsonAnswer(statusOf(error), error.code, error.message);
    }
    this.logger.error(error);
    return jsonAnswer(500, 'FUJIAN_INTERNAL', 'The service failed; its log says why.');
  }
}

/** Of what is the client's to mend, and 500. */
function statusOf(error: FujianError): number {
  if (error instanceof SessionOptionsError) return 400;
  if (error instanceof SessionNotFoundError) return 404;
  const isConflict = [SessionBusyError, SessionExistsError, SessionPermanentError].some(
    (conflict) => error instanceof conflict,
  );
  return isConflict ? 409 : 500;
}

function answerOf(exception: HttpException): Answer {
  const [status, body] = [exception.getStatus(), exception.getResponse()];
  return typeof body === 'string'
    ? jsonAnswer(status, 'FUJIAN_HTTP_ERROR', body)
    : { status, body };
}

export function jsonAnswer(statusCode: number, code: string, message: string): Answer {
  return { status: statusCode, body: { statusCode, code, message } };
}
