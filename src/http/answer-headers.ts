import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AnswerHeaders, accessHeaders } from '../access/access-headers.js';
import type { AccessPolicy } from '../access/access-policy.js';
import { accessRequestOf } from '../access/access-request.js';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.js';
import { SERVER } from './server-name.js';

/** The headers that every answer has, refusals and errors too: who answers, to what, and which page may read it. */
export function answerHeaders(policy: AccessPolicy, message: IncomingMessage): AnswerHeaders {
  return {
    Server: SERVER,
    [REQUEST_ID_HEADER]: requestIdOf(message),
    ...accessHeaders(policy, accessRequestOf(message)),
  };
}

/** As the platforms have it: Express extends Node's, Fastify wraps it. */
export type HeadedResponse = ServerResponse & { readonly raw?: ServerResponse };

const ALLOW_ORIGIN = 'Access-Control-Allow-Origin';

/**
 * Sets headers on an answer of ours, in place of what others have set, such as the CORS of an application: which
 * page may read it is decided here alone.
 */
export function setAnswerHeaders(response: HeadedResponse, headers: AnswerHeaders): void {
  if (!(ALLOW_ORIGIN in headers) && response.hasHeader(ALLOW_ORIGIN)) {
    response.removeHeader(ALLOW_ORIGIN);
  }
  for (const name in headers) {
    const value = headers[name]!;
    setHeader(response, name, name === 'Vary' ? addedToVary(response, value) : value);
  }
}

/** What is set on the response of Fastify itself would win, except in answers that are written by hand. */
function setHeader(response: HeadedResponse, name: string, value: string): void {
  const { raw } = response;
  if (raw && response.hasHeader(name)) response.removeHeader(name);
  (raw ?? response).setHeader(name, value);
}

/** Others, such as compression, may have said already what their answer depends on. */
function addedToVary(response: HeadedResponse, field: string): string {
  const present = response.getHeader('Vary');
  if (present === undefined) return field;
  const fields = [present].flat().join(', ');
  return fields.split(/\s*,\s*/).includes(field) ? fields : `${fields}, ${field}`;
}
