import {
  applyDecorators,
  Controller,
  type ExceptionFilter,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { AccessGuard } from '../access/access.guard.js';
import { AnswerHeadersInterceptor } from './answer-headers.interceptor.js';

/** A controller of ours in any application: the policy guards it, and its answers have the headers of all. */
export function GuardedController(filter: Type<ExceptionFilter>, path = '/'): ClassDecorator {
  return applyDecorators(
    // A version of the application's is not part of our paths.
    Controller({ path, version: VERSION_NEUTRAL }),
    UseGuards(AccessGuard),
    UseInterceptors(AnswerHeadersInterceptor),
    UseFilters(filter),
  );
}
