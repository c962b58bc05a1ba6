import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Get, Header, HttpCode, Options, Res, UseFilters } from '@nestjs/common';
import { AccessPurpose } from '../../access/access-purpose.decorator.js';
import { ErrorFilter } from '../../http/error.filter.js';
import { GuardedController } from '../../http/guarded-controller.decorator.js';
import { pageRefusalFilter } from '../page-refusal.filter.js';
import { sendPage } from '../send-page.js';
import { Received, type ReceivedRequest } from '../../http/request-body.js';
import type { PlatformResponse } from '../../http/platform/hijack-response.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Serves the documentation of the API: for people, and for programs. */
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

/** Reads a document that `npm run build:pages` has written. Not cached, as clients rarely request one twice. */
function documentOf(name: string): Promise<string> {
  return readFile(createRequire(import.meta.url).resolve(`#pages/${name}`), 'utf8');
}
