import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { incomingMessageOf } from './platform/incoming-message.js';

export const REQUEST_ID_HEADER = 'X-Request-Id';

/** Ids that a log can show unescaped. */
const ACCEPTED = /^[\w.:/+=@-]{1,128}$/;

/** A property rather than a WeakMap, which costs several times as much on every request. */
const REMEMBERED = Symbol('fujian.requestId');

type RememberingMessage = IncomingMessage & { [REMEMBERED]?: string };

/**
 * Returns the id of a request for logs: the one that it was sent with, if it is acceptable, or a
 * new one.
 */
export function requestIdOf(message: IncomingMessage): string {
  const remembering = message as RememberingMessage;
  return (remembering[REMEMBERED] ??= sentId(message.rawHeaders) ?? randomUUID());
}

/** Reads `rawHeaders`: asking for `headers` makes Node build an object of all of them. */
function sentId(rawHeaders: readonly string[]): string | undefined {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]!.toLowerCase() !== 'x-request-id') continue;
    const value = rawHeaders[index + 1]!;
    return ACCEPTED.test(value) ? value : undefined;
  }
  return undefined;
}

export const RequestId = createParamDecorator((_: unknown, context: ExecutionContext): string =>
  requestIdOf(incomingMessageOf(context)),
);
