import { expect, it } from 'vitest';
import { linesOf } from './execution-lines.js';

it('accepts forms named like members of Object.prototype', () => {
  const data = Object.fromEntries([
    ['text/plain', 'x'],
    ['constructor', 1],
    ['__proto__', { a: 1 }],
  ]);
  expect(linesOf({ type: 'value', data, metadata: {} })).toEqual([
    '{"type":"result","text":"x","extra":{"constructor":1,"__proto__":{"a":1}},"is_main_result":true}',
  ]);
});
