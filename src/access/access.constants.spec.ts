import { describe, expect, it } from 'vitest';

import { ACCESS_CODES } from './access.constants.js';

describe('ACCESS_CODES', () => {
  it('are stable, as clients match on them', () => {
    expect(Object.values(ACCESS_CODES)).toEqual([
      'FUJIAN_DUPLICATE_HEADER',
      'FUJIAN_MALFORMED_TARGET',
      'FUJIAN_MISSING_HOST',
      'FUJIAN_HOST_NOT_ALLOWED',
      'FUJIAN_WRONG_TOKEN',
      'FUJIAN_ORIGIN_NOT_ALLOWED',
      'FUJIAN_ORIGIN_MISSING',
      'FUJIAN_TOKEN_REQUIRED',
    ]);
  });
});
