import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { incomingMessageOf } from './platform/incoming-message.js';
import type { ReceivedRequest } from './received-body.js';

/** As Express and Fastify have it, with what Nest adds. */
interface PlatformRequest extends IncomingMessage {
  readonly body?: unknown;
  readonly rawBody?: Buffer;
}

/** The request as Node has it, and what body parsers have made of its body, if there were any. */
export const Received = createParamDecorator(
  (_: unknown, context: ExecutionContext): ReceivedRequest => {
    const { rawBody, body } = context.switchToHttp().getRequest<PlatformRequest>();
    return { message: incomingMessageOf(context), rawBody, parsed: body };
  },
);
