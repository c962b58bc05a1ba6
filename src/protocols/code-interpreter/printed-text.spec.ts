import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../execution/stream-events.js';
import { PrintedText } from './execution-lines.js';

function told(...events: StreamEvent[]): StreamEvent[] {
  const all: StreamEvent[] = [];
  const printed = new PrintedText((event) => all.push(event));
  for (const event of events) printed.take(event);
  printed.release();
  return all;
}

const stdout = (text: string) => ({ type: 'stdout', text }) as const;
const stderr = (text: string) => ({ type: 'stderr', text }) as const;
const DONE = { type: 'done' } as const;

describe('PrintedText', () => {
  it('joins a text and the end of its line', () => {
    expect(told(stdout('a'), stdout('\n'), stdout('b\n'))).toEqual([stdout('a\n'), stdout('b\n')]);
  });

  it('keeps the order of both streams and other events', () => {
    const events = [stdout('a'), stderr('b'), stdout('c'), DONE, stdout('d'), stdout('e\n')];
    expect(told(...events)).toEqual([stdout('a'), stderr('b'), stdout('c'), DONE, stdout('de\n')]);
  });

  it('does not wait for long', async () => {
    const text = await new Promise((resolve) => {
      new PrintedText(resolve).take(stdout('50 %\r'));
    });
    expect(text).toEqual(stdout('50 %\r'));
  });

  it('holds only a little back', () => {
    const all: StreamEvent[] = [];
    const printed = new PrintedText((event) => all.push(event));
    printed.take(stdout('x'.repeat(100_000)));
    expect(all).toHaveLength(1);
  });
});
