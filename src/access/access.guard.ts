import { Inject, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

import { AccessDeniedException } from './access-denied.exception.js';
import { AccessPolicy } from './access-policy.js';
import { ACCESS_PURPOSE_KEY } from './access-purpose.decorator.js';
import { accessRequestOf, type RequestPurpose } from './access-request.js';
import { incomingMessageOf } from '../http/platform/incoming-message.js';

/**
 * Asks the policy before a route runs. Only for HTTP: guards do not run at a WebSocket handshake,
 * where the adapter or the gateway asks the policy.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    @Inject(AccessPolicy) private readonly policy: AccessPolicy,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const message = incomingMessageOf(context);
    const decision = this.policy.decide(accessRequestOf(message, this.purposeOf(context)));
    if (!decision.allowed) throw new AccessDeniedException(decision);
    return true;
  }

  private purposeOf(context: ExecutionContext): RequestPurpose {
    const declared = this.reflector.getAllAndOverride<RequestPurpose | undefined>(
      ACCESS_PURPOSE_KEY,
      [context.getHandler(), context.getClass()],
    );
    return declared ?? 'action';
  }
}
