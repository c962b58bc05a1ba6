import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Inject,
  Logger,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage } from 'node:http';
import { AccessDeniedException } from '../access/access-denied.exception.js';
import type { AnswerHeaders } from '../access/access-headers.js';
import { AccessPolicy } from '../access/access-policy.js';
import { FujianError, UnavailableError } from '../errors/fujian-error.js';
import {
  SessionBusyError,
  SessionExistsError,
  SessionNotFoundError,
  SessionOptionsError,
  SessionPermanentError,
} from '../errors/session-errors.js';
import { answerHeaders, type HeadedResponse, setAnswerHeaders } from './answer-headers.js';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: AnswerHeaders;
}

/** Maps an error to HTTP. The client can fix 400, 404 and 409; a 503 passes; all others are 500. */
export function answerToFujianError(error: FujianError): Answer {
  const answer = jsonAnswer(statusOf(error), error.code, error.message);
  if (!(error instanceof UnavailableError)) return answer;
  return { ...answer, headers: { 'Retry-After': String(error.retryAfter) } };
}

export function jsonAnswer(statusCode: number, code: string, message: string): Answer {
  return { status: statusCode, body: { statusCode, code, message } };
}

function statusOf(error: FujianError): number {
  if (error instanceof UnavailableError) return 503;
  if (error instanceof SessionOptionsError) return 400;
  if (error instanceof SessionNotFoundError) return 404;
  const isConflict = [SessionBusyError, SessionExistsError, SessionPermanentError].some(
    (conflict) => error instanceof conflict,
  );
  return isConflict ? 409 : 500;
}

/** Gives every error its status, its JSON and the common headers. */
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
    const response = http.getResponse<HeadedResponse>();
    const message = request.raw ?? request;
    const answer = this.answerTo(error, message);
    const common = answerHeaders(this.policy, message);
    setAnswerHeaders(response, { ...common, ...answer.headers });
    this.send(answer, message, response);
  }

  protected send(answer: Answer, _message: IncomingMessage, response: HeadedResponse): void {
    this.adapterHost.httpAdapter.reply(response, answer.body, answer.status);
  }

  protected answerTo(error: unknown, _message: IncomingMessage): Answer {
    if (error instanceof AccessDeniedException) {
      return { status: error.getStatus(), body: error.getResponse(), headers: error.headers };
    }
    if (error instanceof HttpException) return answerOf(error);
    if (error instanceof FujianError) return answerToFujianError(error);
    this.logger.error(error);
    return jsonAnswer(500, 'FUJIAN_INTERNAL', 'The service failed; its log says why.');
  }
}

function answerOf(exception: HttpException): Answer {
  const [status, body] = [exception.getStatus(), exception.getResponse()];
  return typeof body === 'string'
    ? jsonAnswer(status, 'FUJIAN_HTTP_ERROR', body)
    : { status, body };
}
