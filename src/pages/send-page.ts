import type { IncomingMessage } from 'node:http';
import { type PlatformResponse, hijackResponse } from '../http/platform/hijack-response.js';
import type { PageName } from './built-page.js';
import { pageAnswer } from './page-answer.js';

/** Sends a page, with the headers already set on the response. */
export function sendPage(
  name: PageName,
  message: IncomingMessage,
  platformResponse: PlatformResponse,
  status = 200,
): void {
  const { headers, body } = pageAnswer(name, message);
  const response = hijackResponse(platformResponse);
  response.writeHead(status, headers);
  response.end(message.method === 'HEAD' ? undefined : body);
}
