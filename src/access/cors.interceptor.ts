import type { ServerResponse } from 'node:http';

import { Inject, Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';

import { accessHeaders, preflightHeaders } from './access-headers.js';
import { AccessPolicy } from './access-policy.js';
import { accessRequestOf } from './access-request.js';
import { incomingMessageOf, serverResponseOf } from './platform-http.js';

/**
 * Sets the CORS headers on the answers of routes. Nest runs interceptors neither when a guard
 * refuses nor for a 404: there, the exception filter sends `accessHeaders`.
 */
@Injectable()
export class CorsInterceptor implements NestInterceptor {
  constructor(@Inject(AccessPolicy) private readonly policy: AccessPolicy) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() === 'http') {
      const request = accessRequestOf(incomingMessageOf(context));
      const response = serverResponseOf(context);
      const headersOf = request.purpose === 'preflight' ? preflightHeaders : accessHeaders;
      for (const [name, value] of Object.entries(headersOf(this.policy, request))) {
        response.setHeader(name, name === 'Vary' ? addedToVary(response, value) : value);
      }
    }
    return next.handle();
  }
}

/** Others, such as compression, may have said already what their answer depends on. */
function addedToVary(response: ServerResponse, field: string): string {
  const fields = [response.getHeader('Vary') ?? []].flat().join(', ');
  if (fields === '') return field;
  return fields.split(/\s*,\s*/).includes(field) ? fields : `${fields}, ${field}`;
}
