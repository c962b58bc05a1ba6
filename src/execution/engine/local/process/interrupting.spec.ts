import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ExecutionId } from '../../../ids.js';
import { Interrupting } from './interrupting.js';

/** The milliseconds at which each signal was sent. */
function newInterrupting() {
  const started = Date.now();
  const sent = { nudges: [] as number[], interrupts: [] as number[] };
  const interrupting = new Interrupting(1 as ExecutionId, {
    nudge: () => sent.nudges.push(Date.now() - started),
    interruptGroup: () => sent.interrupts.push(Date.now() - started),
  });
  return { interrupting, sent };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Interrupting', () => {
  it('nudges at once, then ever more rarely, for as long as it is not heard', () => {
    const { sent } = newInterrupting();
    vi.advanceTimersByTime(215);
    expect(sent.nudges).toEqual([2, 6, 14, 30, 62, 112, 162, 212]);
  });

  it('interrupts everything once, when the session itself has not heard of it for long', () => {
    const { sent } = newInterrupting();
    vi.advanceTimersByTime(10_000);
    expect(sent.interrupts).toHaveLength(1);
    expect(sent.interrupts[0]).toBeCloseTo(30, -1); // and what has come by then is read
  });

  it('does no more when it has been heard', () => {
    const { interrupting, sent } = newInterrupting();
    vi.advanceTimersByTime(7);
    interrupting.end();
    interrupting.end();
    vi.advanceTimersByTime(10_000);
    expect(sent).toEqual({ nudges: [2, 6], interrupts: [] });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may be ended by the very signal that is heard', () => {
    const interrupting = new Interrupting(1 as ExecutionId, {
      nudge: () => undefined,
      interruptGroup: () => interrupting.end(),
    });
    vi.advanceTimersByTime(31); // and what has come by then is read
    expect(vi.getTimerCount()).toBe(0);
  });
});
