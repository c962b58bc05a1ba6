import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from './deadline.js';

const GRACE = 50;

/** And what has come by then is read. */
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
  it('interrupts when the time is over, and kills when the grace is', () => {
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

  it('does neither when the execution has ended', () => {
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

  it('interrupts with each call, and kills after the first', () => {
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

  it.each([Infinity, 2 ** 31])('does not take %d milliseconds for one', (endless) => {
    const { deadline, interrupt } = newDeadline();
    deadline.start(endless);
    vi.advanceTimersByTime(24 * 60 * 60_000);
    expect(interrupt).not.toHaveBeenCalled();
    deadline.end();
  });
});
