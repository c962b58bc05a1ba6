import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from './deadline.js';

const GRACE = 50;

/** Advances the clock, and lets the input that is due be read. */
function pass(milliseconds: number): void {
  vi.advanceTimersByTime(milliseconds);
  vi.advanceTimersByTime(1);
}

function newDeadline() {
  const steps = { interrupt: vi.fn<() => void>(), kill: vi.fn<() => void>() };
  return { ...steps, deadline: new Deadline(steps, GRACE) };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Deadline', () => {
  it('interrupts at the timeout, and kills after the grace period', () => {
    const { deadline, interrupt, kill } = newDeadline();
    deadline.start(100);
    vi.advanceTimersByTime(99);
    expect(interrupt).not.toHaveBeenCalled();
    expect(deadline.expired).toBe(false);
    pass(1);
    expect(interrupt).toHaveBeenCalledOnce();
    expect(deadline.expired).toBe(true);
    vi.advanceTimersByTime(GRACE - 1);
    expect(kill).not.toHaveBeenCalled();
    pass(1);
    expect(kill).toHaveBeenCalledOnce();
  });

  it('does neither once the execution has ended', () => {
    const { deadline, interrupt, kill } = newDeadline();
    deadline.start(100);
    deadline.end();
    expect(vi.getTimerCount()).toBe(0);
    expect(interrupt).not.toHaveBeenCalled();
    deadline.interrupt();
    deadline.end();
    expect(vi.getTimerCount()).toBe(0);
    expect(kill).not.toHaveBeenCalled();
  });

  it('interrupts at each call, and kills a grace period after the first', () => {
    const { deadline, interrupt, kill } = newDeadline();
    deadline.start(100);
    deadline.interrupt();
    pass(GRACE / 2);
    deadline.interrupt();
    pass(GRACE / 2);
    expect(interrupt).toHaveBeenCalledTimes(2);
    expect(kill).toHaveBeenCalledOnce();
    expect(deadline.expired, 'it was not for the time that it took').toBe(false);
  });

  it.each([Infinity, 2 ** 31])('does not treat %d milliseconds as 1', (endless) => {
    const { deadline, interrupt } = newDeadline();
    deadline.start(endless);
    vi.advanceTimersByTime(24 * 60 * 60_000);
    expect(interrupt).not.toHaveBeenCalled();
    deadline.end();
  });
});
