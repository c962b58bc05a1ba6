import { describe, expect, it } from 'vitest';

import { selectSubprotocol } from './websocket-subprotocol.js';

describe('selectSubprotocol', () => {
  it.each<[string[], string | false]>([
    [[], false],
    [['fujian'], 'fujian'],
    [['fujian.token.T0K', 'other', 'fujian'], 'fujian'],
    [['fujian.token.T0K', 'other', 'another'], 'other'],
    [['fujian.token.T0K'], 'fujian.token.T0K'],
    [['FUJIAN', 'x'], 'FUJIAN'],
  ])('of %j names %j', (offered, selected) => {
    expect(selectSubprotocol(new Set(offered))).toBe(selected);
  });
});
