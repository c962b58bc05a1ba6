import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { incomingMessageOf } from './platform/incoming-message.js';
import type { ReceivedRequest } from './received-body.js';

/** A request of Express or Fastify, with the members that Nest adds. */
interface PlatformRequest extends IncomingMessage {
  readonly body?: unknown;
  readonly rawBody?: Buffer;
}

/** Parameter decorator for Node's request, with the results of body parsers. */
export const Received = createParamDecorator(
  (_: unknown, context: ExecutionContext): ReceivedRequest => {
    const { rawBody, body } = context.switchToHttp().getRequest<PlatformRequest>();
    return { message: incomingMessageOf(context), rawBody, parsed: body };
  },
);
