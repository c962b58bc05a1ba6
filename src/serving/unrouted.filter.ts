import type { IncomingMessage } from 'node:http';
import { Catch, Inject, NotFoundException } from '@nestjs/common';
import { AccessDeniedException } from '../access/access-denied.exception.js';
import { accessRequestOf } from '../access/access-request.js';
import { type Answer, ErrorFilter, jsonAnswer } from '../http/error.filter.js';
import { ServedRoutes } from './served-routes.js';

/**
 * Answers requests without a route. Guards do not run for them, so the filter asks the policy: a
 * stranger learns no more from a 404 than from any other path.
 */
@Catch()
export class UnroutedFilter extends ErrorFilter {
  @Inject(ServedRoutes) private readonly routes!: ServedRoutes;

  protected override answerTo(error: unknown, message: IncomingMessage): Answer {
    if (!(error instanceof NotFoundException)) return super.answerTo(error, message);
    const decision = this.policy.decide(accessRequestOf(message, 'unrouted'));
    if (!decision.allowed) return super.answerTo(new AccessDeniedException(decision), message);
    const [path] = message.url!.split('?', 1);
    const methods = this.routes.methodsOf(path!).join(', ');
    if (!methods) return jsonAnswer(404, 'FUJIAN_NOT_FOUND', 'Nothing is served at this path.');
    return {
      ...jsonAnswer(
        405,
        'FUJIAN_METHOD_NOT_ALLOWED',
        `This path takes ${methods}, not ${message.method}.`,
      ),
      headers: { Allow: methods },
    };
  }
}
