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
import { AnswerHeadersInterceptor } from './answer-headers.js';

/**
 * Declares a controller of Fujian in any application, with the access guard, the common headers and
 * an error filter.
 */
export function GuardedController(filter: Type<ExceptionFilter>, path = '/'): ClassDecorator {
  return applyDecorators(
    // The versioning of the application does not apply to Fujian's paths.
    Controller({ path, version: VERSION_NEUTRAL }),
    UseGuards(AccessGuard),
    UseInterceptors(AnswerHeadersInterceptor),
    UseFilters(filter),
  );
}
