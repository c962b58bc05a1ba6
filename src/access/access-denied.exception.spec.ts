import { describe, expect, it } from 'vitest';

import { AccessDeniedException } from './access-denied.exception.js';
import { ACCESS_CODES } from './access.constants.js';

describe('AccessDeniedException', () => {
  it('carries the status, body and headers for a filter', () => {
    const denied = new AccessDeniedException({
      allowed: false,
      status: 401,
      code: ACCESS_CODES.wrongToken,
      message: 'Wrong.',
    });
    expect(denied.getStatus()).toBe(401);
    expect(denied.code).toBe('FUJIAN_WRONG_TOKEN');
    expect(denied.message).toBe('Wrong.');
    expect(denied.headers).toEqual({ 'WWW-Authenticate': 'Bearer' });
    expect(denied.getResponse()).toEqual({
      statusCode: 401,
      code: 'FUJIAN_WRONG_TOKEN',
      message: 'Wrong.',
    });
  });

  it('has no challenge for a 403', () => {
    const denied = new AccessDeniedException({
      allowed: false,
      status: 403,
      code: ACCESS_CODES.originNotAllowed,
      message: 'No.',
    });
    expect(denied.headers).toEqual({});
  });
});
