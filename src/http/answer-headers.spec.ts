import { ServerResponse } from 'node:http';

import type { ExecutionContext } from '@nestjs/common';
import { EMPTY } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { AccessPolicy } from '../access/access-policy.js';
import { AnswerHeadersInterceptor } from './answer-headers.js';
import { incomingMessage } from '../access/testing/incoming-message.js';

const interceptor = new AnswerHeadersInterceptor(new AccessPolicy({}));

function varyAfter(before?: string | string[]): unknown {
  const message = incomingMessage();
  const response = new ServerResponse(message);
  if (before !== undefined) response.setHeader('Vary', before);
  const http = { getRequest: () => message, getResponse: () => response };
  const context = { getType: () => 'http', switchToHttp: () => http };
  interceptor.intercept(context as unknown as ExecutionContext, { handle: () => EMPTY });
  return response.getHeader('Vary');
}

describe('AnswerHeadersInterceptor', () => {
  it.each([
    [undefined, 'Origin'],
    ['Accept-Encoding', 'Accept-Encoding, Origin'],
    [['Accept', 'Cookie'], 'Accept, Cookie, Origin'],
    ['Accept, Origin', 'Accept, Origin'],
  ])('makes Vary: %s into %s', (before, after) => {
    expect(varyAfter(before)).toBe(after);
  });

  it('does nothing for WebSockets', () => {
    const context = { getType: () => 'ws' } as unknown as ExecutionContext;
    expect(interceptor.intercept(context, { handle: () => EMPTY })).toBe(EMPTY);
  });
});
