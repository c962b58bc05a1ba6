import { expect, it } from 'vitest';
import { resultMembers } from './execution-lines.js';

it('accepts forms named like members of Object.prototype', () => {
  const data = Object.fromEntries([
    ['text/plain', 'x'],
    ['constructor', 1],
    ['__proto__', { a: 1 }],
  ]);
  const line = JSON.stringify(resultMembers(data));
  expect(line).toBe('{"text":"x","extra":{"constructor":1,"__proto__":{"a":1}}}');
});
