import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { describe, expect, it } from 'vitest';

import { AccessPolicy } from './access-policy.js';
import { AccessGuard } from './access.guard.js';

describe('AccessGuard', () => {
  it('allows WebSocket messages, since the upgrade has been checked', () => {
    const guard = new AccessGuard(new AccessPolicy({}), new Reflector());
    const context = { getType: () => 'ws' } as unknown as ExecutionContext;
    expect(guard.canActivate(context)).toBe(true);
  });
});
