import type { IncomingMessage } from 'node:http';
import { Catch, type Type } from '@nestjs/common';
import { type Answer, ErrorFilter } from '../http/error.filter.js';
import type { PlatformResponse } from '../http/platform/hijack-response.js';
import type { PageName } from './built-page.js';
import { sendPage } from './send-page.js';

/**
 * Returns the error filter of a page's controller: a 401 has the page itself as its body, which
 * holds no secret and asks for the token. All other errors are answered as usual.
 */
export function pageRefusalFilter(page: PageName): Type<ErrorFilter> {
  @Catch()
  class PageRefusalFilter extends ErrorFilter {
    protected override send(
      answer: Answer,
      message: IncomingMessage,
      response: PlatformResponse,
    ): void {
      if (answer.status === 401) sendPage(page, message, response, 401);
      else super.send(answer, message, response);
    }
  }
  return PageRefusalFilter;
}
