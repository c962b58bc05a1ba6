import { describe, expect, it } from 'vitest';
import { incomingMessage } from '../access/testing/incoming-message.js';
import { requestIdOf } from './request-id.js';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

describe('the id of a request', () => {
  it.each(['7', 'a'.repeat(128), '0a1b-2c3d/4', 'req_01HZ:3+x=@node.1'])('is kept: %s', (id) => {
    const message = incomingMessage();
    message.rawHeaders.push('x-rEQUEST-id', id);
    expect(requestIdOf(message)).toBe(id);
  });

  it.each(['', ' ', 'a b', '{"a":1}', 'a'.repeat(129), 'é', 'a\u001b[31m', '%0a', '<script>'])(
    'replaces %j by a new one',
    (id) => {
      const message = incomingMessage();
      message.rawHeaders.push('X-Request-Id', id);
      expect(requestIdOf(message)).toMatch(UUID);
    },
  );

  it('stays the same, and is unique', () => {
    const [message, another] = [incomingMessage(), incomingMessage()];
    expect(requestIdOf(message)).toBe(requestIdOf(message));
    expect(requestIdOf(message)).not.toBe(requestIdOf(another));
  });
});
