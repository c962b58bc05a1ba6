import { Get, Res, UseFilters } from '@nestjs/common';
import { AccessPurpose } from '../../access/access-purpose.decorator.js';
import { GuardedController } from '../../http/guarded-controller.decorator.js';
import { pageRefusalFilter } from '../page-refusal.filter.js';
import { sendPage } from '../send-page.js';
import { Received, type ReceivedRequest } from '../../http/request-body.js';
import type { PlatformResponse } from '../../http/platform/hijack-response.js';

/** Serves the console, a page that works through the other protocols. */
@GuardedController(pageRefusalFilter('console'), 'console')
export class ConsoleController {
  @Get()
  @AccessPurpose('page')
  open(@Received() { message }: ReceivedRequest, @Res() response: PlatformResponse): void {
    sendPage('console', message, response);
  }

  /** Serves the document around results with scripts. */
  @Get('scripted-frame')
  @AccessPurpose('page')
  @UseFilters(pageRefusalFilter('scripted-frame'))
  frameScripts(@Received() { message }: ReceivedRequest, @Res() response: PlatformResponse): void {
    sendPage('scripted-frame', message, response);
  }
}
