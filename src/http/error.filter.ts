import type { IncomingMessage } from 'node:http';
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
import { AccessPolicy } from '../access/access-policy.js';
import { FujianError } from '../errors/fujian-error.js';
import { answerHeaders, type HeadedResponse, setAnswerHeaders } from './answer-headers.js';
import { type Answer, answerToFujianError, jsonAnswer } from './error-answer.js';

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
