import type { IncomingMessage } from 'node:http';
import type { TestService } from '../support/service.js';

const methodAndPath = ({ method, url }: IncomingMessage): string => `${method} ${url}`;

/** Records the requests to the service from now on, by default as `METHOD /path`. */
export function requestsOf({ service }: TestService, noted = methodAndPath): string[] {
  const requests: string[] = [];
  const note = (request: IncomingMessage): void => void requests.push(noted(request));
  const http = service.app.getHttpServer();
  http.prependListener('request', note);
  http.prependListener('upgrade', note);
  return requests;
}
