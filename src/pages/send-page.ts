import type { IncomingMessage } from 'node:http';
import { type PlatformResponse, takeOver } from '../http/platform/take-over.js';
import type { PageName } from './built-page.js';
import { pageAnswer } from './page-answer.js';

/** Answers with a page, with the headers that are set already. */
export function sendPage(
  name: PageName,
  message: IncomingMessage,
  platformResponse: PlatformResponse,
  status = 200,
): void {
  const { headers, body } = pageAnswer(name, message);
  const response = takeOver(platformResponse);
  response.writeHead(status, headers);
  response.end(message.method === 'HEAD' ? undefined : body);
}
