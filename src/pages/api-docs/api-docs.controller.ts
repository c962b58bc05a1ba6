import { readFile } from 'node:fs/promises';
import { Get, Header, HttpCode, Options, Res, UseFilters } from '@nestjs/common';
import { AccessPurpose } from '../../access/access-purpose.decorator.js';
import { ErrorFilter } from '../../http/error.filter.js';
import { GuardedController } from '../../http/guarded-controller.decorator.js';
import { pageRefusalFilter } from '../page-refusal.filter.js';
import { sendPage } from '../send-page.js';
import type { ReceivedRequest } from '../../http/received-body.js';
import { Received } from '../../http/received-request.decorator.js';
import type { PlatformResponse } from '../../http/platform/take-over.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** What the service can do: for people, and for programs. */
@GuardedController(ErrorFilter)
export class ApiDocsController {
  @Options(['openapi.json', 'asyncapi.json'])
  @HttpCode(204)
  @AccessPurpose('preflight')
  preflight(): void {}

  @Get('docs')
  @AccessPurpose('page')
  @UseFilters(pageRefusalFilter('api-docs'))
  page(@Received() { message }: ReceivedRequest, @Res() response: PlatformResponse): void {
    sendPage('api-docs', message, response);
  }

  @Get('openapi.json')
  @AccessPurpose('page')
  @Header('Content-Type', JSON_TYPE)
  openApi(): Promise<string> {
    return documentOf('openapi.json');
  }

  @Get('asyncapi.json')
  @AccessPurpose('page')
  @Header('Content-Type', JSON_TYPE)
  asyncApi(): Promise<string> {
    return documentOf('asyncapi.json');
  }
}

/** `npm run docs:openapi` has written them. Each is asked for about once, so it is read when it is. */
function documentOf(name: string): Promise<string> {
  return readFile(new URL(name, import.meta.url), 'utf8');
}
