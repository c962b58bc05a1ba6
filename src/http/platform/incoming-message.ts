import type { IncomingMessage } from 'node:http';

import type { ExecutionContext } from '@nestjs/common';

/** Express extends Node's objects; Fastify wraps them and keeps the originals in `raw`. */
type MaybeWrapped<Original> = Original & { readonly raw?: Original };

export function incomingMessageOf(context: ExecutionContext): IncomingMessage {
  const request = context.switchToHttp().getRequest<MaybeWrapped<IncomingMessage>>();
  return request.raw ?? request;
}
