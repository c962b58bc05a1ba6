import type { IncomingMessage } from 'node:http';
import { Catch, NotFoundException } from '@nestjs/common';
import { AccessDeniedException } from './access/access-denied.exception.js';
import { accessRequestOf } from './access/access-request.js';
import { type Answer, FujianErrorFilter, jsonAnswer } from './fujian/fujian-error.filter.js';

const METHODS_OF_ROOT = 'GET, HEAD, POST, OPTIONS';

/**
 * Answers what no controller takes. Guards do not run for it, so the policy is asked here: a stranger
 * learns no more from a 404 than from any other path.
 */
@Catch()
export class UnroutedFilter extends FujianErrorFilter {
  protected override answerTo(error: unknown, message: IncomingMessage): Answer {
    if (!(error instanceof NotFoundException)) return super.answerTo(error, message);
    const decision = this.policy.decide(accessRequestOf(message, 'unrouted'));
    if (!decision.allowed) return super.answerTo(new AccessDeniedException(decision), message);
    const [path] = message.url!.split('?', 1);
    if (path !== '/') return jsonAnswer(404, 'FUJIAN_NOT_FOUND', 'Nothing is served at this path.');
    return {
      ...jsonAnswer(
        405,
        'FUJIAN_METHOD_NOT_ALLOWED',
        `This path takes ${METHODS_OF_ROOT}, not ${message.method}.`,
      ),
      headers: { Allow: METHODS_OF_ROOT },
    };
  }
}
