import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { incomingMessageOf } from './platform/incoming-message.js';

export const REQUEST_ID_HEADER = 'X-Request-Id';

/** What a log can show as it is. */
const ACCEPTED = /^[\w.:/+=@-]{1,128}$/;

/** A property, not a WeakMap: it costs a fraction of the time on every request. */
const REMEMBERED = Symbol('fujian.requestId');

type RememberingMessage = IncomingMessage & { [REMEMBERED]?: string };

/** By which a request is found in logs: the one that it came with, if that is fit to be shown, or a new one. */
export function requestIdOf(message: IncomingMessage): string {
  const remembering = message as RememberingMessage;
  return (remembering[REMEMBERED] ??= sentId(message.rawHeaders) ?? randomUUID());
}

/** From `rawHeaders`: Node makes an object of all `headers` when it is asked for one. */
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
