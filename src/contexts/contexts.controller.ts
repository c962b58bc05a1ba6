import {
  Controller,
  HttpCode,
  Options,
  Param,
  Post,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { AccessGuard } from '../access/access.guard.js';
import { AccessPurpose } from '../access/access-purpose.decorator.js';
import { AnswerHeadersInterceptor } from '../answers/answer-headers.interceptor.js';
import { ErrorFilter } from '../answers/error.filter.js';
import { PythonInterpreterService } from '../execution/python-interpreter.service.js';

/** Sessions over HTTP, under the name that the code-interpreter protocol has for them. */
@Controller('contexts')
@UseGuards(AccessGuard)
@UseInterceptors(AnswerHeadersInterceptor)
@UseFilters(ErrorFilter)
export class ContextsController {
  constructor(private readonly python: PythonInterpreterService) {}

  @Options(':id/:action')
  @HttpCode(204)
  @AccessPurpose('preflight')
  preflight(): void {}

  /** Works while code runs: it takes no turn. */
  @Post(':id/interrupt')
  @HttpCode(200)
  interrupt(@Param('id') id: string): { interrupted: boolean } {
    return { interrupted: this.python.interrupt(id) };
  }
}
