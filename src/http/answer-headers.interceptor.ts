import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { preflightHeaders } from '../access/access-headers.js';
import { AccessPolicy } from '../access/access-policy.js';
import { accessRequestOf } from '../access/access-request.js';
import { incomingMessageOf } from './platform/incoming-message.js';
import { answerHeaders, type HeadedResponse, setAnswerHeaders } from './answer-headers.js';

/**
 * Sets the Server and CORS headers on the responses of routes. Nest runs interceptors neither when
 * a guard refuses nor for a 404: there, the exception filter sets them.
 */
@Injectable()
export class AnswerHeadersInterceptor implements NestInterceptor {
  constructor(@Inject(AccessPolicy) private readonly policy: AccessPolicy) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() === 'http') {
      const message = incomingMessageOf(context);
      const request = accessRequestOf(message);
      const response = context.switchToHttp().getResponse<HeadedResponse>();
      setAnswerHeaders(response, answerHeaders(this.policy, message));
      if (request.purpose === 'preflight') {
        setAnswerHeaders(response, preflightHeaders(this.policy, request));
      }
    }
    return next.handle();
  }
}
