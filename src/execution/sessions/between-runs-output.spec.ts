import { describe, expect, it } from 'vitest';
import { BetweenRunsOutput } from './session-connections.js';

const NOTICE =
  '[fujian: older output of threads was dropped; FUJIAN_OUTPUT_LIMIT sets the limit]\n';

describe('BetweenRunsOutput', () => {
  it('is empty at first, and after it was taken', () => {
    const output = new BetweenRunsOutput(100);
    expect(output.take()).toBeUndefined();
    output.add('stdout', Buffer.from('once'));
    output.take();
    expect(output.take()).toBeUndefined();
  });

  it('keeps the output of each stream', () => {
    const output = new BetweenRunsOutput(100);
    output.add('stdout', Buffer.from('a'));
    output.add('stderr', Buffer.from('e'));
    output.add('stdout', Buffer.from('b'));
    expect(output.take()).toEqual({ stdout: 'ab', stderr: 'e' });
  });

  it('keeps an incomplete character until its rest arrives', () => {
    const [first, rest] = [Buffer.from('a😀').subarray(0, 3), Buffer.from('a😀').subarray(3)];
    const output = new BetweenRunsOutput(100);
    output.add('stdout', first);
    expect(output.take()).toEqual({ stdout: 'a', stderr: '' });
    expect(output.take()).toBeUndefined();
    output.add('stdout', rest);
    expect(output.take()).toEqual({ stdout: '😀', stderr: '' });
  });

  it('escapes bytes that are not UTF-8', () => {
    const output = new BetweenRunsOutput(100);
    output.add('stderr', Buffer.from([0xff, 0x61]));
    expect(output.take()).toEqual({ stdout: '', stderr: '\\xffa' });
  });

  it('drops the oldest output beyond the limit, and says so once, in the stream that lost it', () => {
    const output = new BetweenRunsOutput(4);
    output.add('stdout', Buffer.from('keep'));
    output.add('stderr', Buffer.from('12'));
    output.add('stderr', Buffer.from('3456'));
    expect(output.take()).toEqual({ stdout: 'keep', stderr: `${NOTICE}3456` });
    output.add('stderr', Buffer.from('7'));
    expect(output.take()).toEqual({ stdout: '', stderr: '7' });
  });
});
