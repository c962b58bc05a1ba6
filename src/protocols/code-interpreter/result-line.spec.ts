import { expect, it } from 'vitest';
import { resultMembers } from './result-line.js';

it('takes forms that are named like what every object has for forms like any other', () => {
  const data = Object.fromEntries([
    ['text/plain', 'x'],
    ['constructor', 1],
    ['__proto__', { a: 1 }],
  ]);
  const line = JSON.stringify(resultMembers(data));
  expect(line).toBe('{"text":"x","extra":{"constructor":1,"__proto__":{"a":1}}}');
});
