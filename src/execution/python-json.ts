import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { jsonOf } from './values/json-of.js';

/**
 * Interceptor that turns the values of Python in what a handler returns into JSON: docs/values.md
 * has the table.
 */
@Injectable()
export class PythonJson implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map(jsonOf));
  }
}
