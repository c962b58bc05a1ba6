import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Observable } from 'rxjs';
import { accessHeaders, type AnswerHeaders, preflightHeaders } from '../access/access-headers.js';
import { AccessPolicy } from '../access/access-policy.js';
import { accessRequestOf } from '../access/access-request.js';
import { incomingMessageOf } from './platform/incoming-message.js';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.js';
import { VERSION } from '../version.js';

/** The value of the `Server` header. */
export const SERVER = `Fujian/${VERSION}`;

/**
 * The headers of every response, also where there is no request. Foreign pages cannot load one, not
 * even to learn that the service runs; this concerns neither CORS nor WebSockets.
 */
export const COMMON_HEADERS = Object.freeze({
  Server: SERVER,
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
});

/** Returns the headers of the response to a request, refusals and errors too. */
export function answerHeaders(policy: AccessPolicy, message: IncomingMessage): AnswerHeaders {
  return {
    ...COMMON_HEADERS,
    [REQUEST_ID_HEADER]: requestIdOf(message),
    ...accessHeaders(policy, accessRequestOf(message)),
  };
}

/** A response of the platform: Express extends Node's, Fastify wraps it. */
export type HeadedResponse = ServerResponse & { readonly raw?: ServerResponse };

const ALLOW_ORIGIN = 'Access-Control-Allow-Origin';

/**
 * Sets headers on a response, replacing those of others, such as the CORS of an application: only
 * the access policy decides which page may read the response.
 */
export function setAnswerHeaders(response: HeadedResponse, headers: AnswerHeaders): void {
  if (!(ALLOW_ORIGIN in headers) && response.hasHeader(ALLOW_ORIGIN)) {
    response.removeHeader(ALLOW_ORIGIN);
  }
  for (const name in headers) {
    const value = headers[name]!;
    setHeader(response, name, name === 'Vary' ? addedToVary(response, value) : value);
  }
}

/**
 * Removes the header from Fastify's own response, whose headers would win except in hijacked
 * replies.
 */
function setHeader(response: HeadedResponse, name: string, value: string): void {
  const { raw } = response;
  if (raw && response.hasHeader(name)) response.removeHeader(name);
  (raw ?? response).setHeader(name, value);
}

/** Adds to a Vary that others, such as compression, may have set. */
function addedToVary(response: HeadedResponse, field: string): string {
  const present = response.getHeader('Vary');
  if (present === undefined) return field;
  const fields = [present].flat().join(', ');
  return fields.split(/\s*,\s*/).includes(field) ? fields : `${fields}, ${field}`;
}

/**
 * Sets these headers on the responses of routes. Nest runs interceptors neither when
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
