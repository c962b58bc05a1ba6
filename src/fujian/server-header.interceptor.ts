import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { serverResponseOf } from '../access/platform-http.js';
import { SERVER } from './server-name.js';

/** Says who answers, as the original did. Refusals and 404s get it from `FujianErrorFilter`. */
@Injectable()
export class ServerHeaderInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() === 'http') serverResponseOf(context).setHeader('Server', SERVER);
    return next.handle();
  }
}
