import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { incomingMessageOf } from '../access/platform-http.js';

/** The request as Node has it, its body unread. */
export const UnreadMessage = createParamDecorator((_: unknown, context: ExecutionContext) =>
  incomingMessageOf(context),
);
