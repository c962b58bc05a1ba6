import type { ServerResponse } from 'node:http';
import { type AnswerHeaders, accessHeaders } from '../access/access-headers.js';
import type { AccessPolicy } from '../access/access-policy.js';
import type { AccessRequest } from '../access/access-request.js';
import { SERVER } from './server-name.js';

/** The headers that every answer has, refusals and errors too: who answers, and which page may read it. */
export function answerHeaders(policy: AccessPolicy, request: AccessRequest): AnswerHeaders {
  return { Server: SERVER, ...accessHeaders(policy, request) };
}

export function setAnswerHeaders(response: ServerResponse, headers: AnswerHeaders): void {
  for (const name in headers) {
    const value = headers[name]!;
    response.setHeader(name, name === 'Vary' ? addedToVary(response, value) : value);
  }
}

/** Others, such as compression, may have said already what their answer depends on. */
function addedToVary(response: ServerResponse, field: string): string {
  const present = response.getHeader('Vary');
  if (present === undefined) return field;
  const fields = [present].flat().join(', ');
  return fields.split(/\s*,\s*/).includes(field) ? fields : `${fields}, ${field}`;
}
