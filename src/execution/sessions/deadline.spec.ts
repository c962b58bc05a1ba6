import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from './deadline.js';

const steps = { interrupt: vi.fn<() => void>(), kill: vi.fn<() => void>() };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.clearAllMocks();
});

describe('Deadline', () => {
  it('interrupts when the time is over, and kills when the grace is', () => {
    const deadline = new Deadline(steps, 50);
    deadline.start(100);
    vi.advanceTimersByTime(100);
    expect([deadline.expired, steps.interrupt.mock.calls.length]).toEqual([true, 1]);
    expect(steps.kill).not.toHaveBeenCalled();
    vi.advanceTimersByTime(50);
    expect(steps.kill).toHaveBeenCalledOnce();
  });

  it('that was interrupted before it started kills nobody once it has ended', () => {
    const deadline = new Deadline(steps, 50);
    deadline.interrupt();
    deadline.start(100);
    deadline.end();
    vi.advanceTimersByTime(1_000);
    expect(steps.kill).not.toHaveBeenCalled();
  });

  it.each([Infinity, Number.MAX_SAFE_INTEGER])('of %d ms does not expire at once', (timeout) => {
    const deadline = new Deadline(steps, timeout);
    deadline.start(timeout);
    vi.advanceTimersByTime(86_400_000);
    expect(deadline.expired).toBe(false);
    deadline.interrupt();
    vi.advanceTimersByTime(86_400_000);
    expect(steps.kill).not.toHaveBeenCalled();
  });
});
