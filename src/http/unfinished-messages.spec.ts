import { describe, expect, it } from 'vitest';
import { MOST_UNFINISHED, UnfinishedMessage } from './unfinished-messages.js';

const FREE = 64 * 1024;

describe('unfinished messages', () => {
  it('may not be larger together than the limit', () => {
    const [one, other] = [new UnfinishedMessage(), new UnfinishedMessage()];
    expect(one.add(MOST_UNFINISHED / 2)).toBe(true);
    expect(other.add(MOST_UNFINISHED / 2 + 2 * FREE)).toBe(true);
    expect(other.add(1)).toBe(false);
    one.end();
    expect(other.add(1)).toBe(true);
    other.end();
  });

  it('may be short, however much others send', () => {
    const [one, other] = [new UnfinishedMessage(), new UnfinishedMessage()];
    one.add(MOST_UNFINISHED + FREE);
    expect(other.add(FREE)).toBe(true);
    expect(other.add(1)).toBe(false);
    other.end();
    expect(other.add(FREE)).toBe(true);
    for (const message of [one, other]) message.end();
  });

  it('may be larger than the limit, one at a time', () => {
    const [large, short] = [new UnfinishedMessage(), new UnfinishedMessage()];
    expect(short.add(FREE)).toBe(true);
    expect(large.add(2 * MOST_UNFINISHED)).toBe(true);
    expect(short.add(1)).toBe(false);
    for (const message of [large, short]) message.end();
  });
});
