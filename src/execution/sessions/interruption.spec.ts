import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Interpreter } from '../engine/engine.js';
import type { ExecutionId } from '../ids.js';
import type { InterruptCause } from '../observing/execution-event.js';
import { Interruption } from './interruption.js';

const GRACE = 50;

/** Advances the clock, and lets the input that is due be read. */
function pass(milliseconds: number): void {
  vi.advanceTimersByTime(milliseconds);
  vi.advanceTimersByTime(1);
}

function interruptible(timeout: number, lostThreads: readonly string[] = []) {
  const interrupt = vi.fn<(execution: ExecutionId) => void>();
  const kill = vi.fn<Interpreter['kill']>();
  const interrupted = vi.fn<(by: InterruptCause) => void>();
  const interruption = new Interruption({
    submission: { id: 7 as ExecutionId },
    parameters: { timeout, interruptGrace: GRACE, observed: { interrupted } },
    waitNoMore: () => {},
  });
  const interpreter = { interrupt, kill, lostThreads } as Partial<Interpreter> as Interpreter;
  return { interruption, interpreter, interrupt, kill, interrupted };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Interruption', () => {
  it('comes at the timeout, and kills after the grace period', () => {
    const { interruption, interpreter, interrupt, kill, interrupted } = interruptible(100);
    interruption.begin(interpreter);
    vi.advanceTimersByTime(99);
    expect(interrupt).not.toHaveBeenCalled();
    pass(1);
    expect(interrupt).toHaveBeenCalledOnce();
    expect(interrupted.mock.calls).toEqual([['timeout']]);
    expect(interruption.isTimeout).toBe(true);
    vi.advanceTimersByTime(GRACE - 1);
    expect(kill).not.toHaveBeenCalled();
    pass(1);
    expect(kill.mock.calls).toEqual([
      [
        {
          cause: 'not-stopped',
          reason:
            'it ran longer than the 100 ms that it had, did not stop within 50 ms of an interrupt and was killed',
        },
      ],
    ]);
  });

  it('says which threads a fork lacks that is killed', () => {
    const lost = ['a', 'b', 'c', 'd', 'e'];
    const { interruption, interpreter, kill } = interruptible(0, lost);
    interruption.begin(interpreter);
    interruption.interrupt(interpreter, 'request');
    pass(GRACE);
    expect(kill.mock.calls[0]![0].reason).toBe(
      'it did not stop within 50 ms of an interrupt and was killed; it ran in a fork, which lacks the threads of its parent (a, b, c and 2 more): code that waits for one of them never ends',
    );
  });

  it('does neither once the execution has ended', () => {
    const { interruption, interpreter, interrupt, kill } = interruptible(100);
    interruption.begin(interpreter);
    interruption.end();
    expect(vi.getTimerCount()).toBe(0);
    expect(interrupt).not.toHaveBeenCalled();
    interruption.interrupt(interpreter, 'request');
    interruption.end();
    expect(vi.getTimerCount()).toBe(0);
    expect(kill).not.toHaveBeenCalled();
  });

  it('is repeated by each request, and kills a grace period after the first', () => {
    const { interruption, interpreter, interrupt, kill } = interruptible(100);
    interruption.begin(interpreter);
    interruption.interrupt(interpreter, 'request');
    pass(GRACE / 2);
    interruption.interrupt(interpreter, 'abort');
    pass(GRACE / 2);
    expect(interrupt).toHaveBeenCalledTimes(2);
    expect(kill).toHaveBeenCalledOnce();
    expect(kill.mock.calls[0]![0].reason).not.toContain('ran longer');
    expect(interruption.isTimeout).toBe(false);
  });

  it('has its grace period from the beginning when it comes ahead of the turn', () => {
    const { interruption, interpreter, interrupt, kill, interrupted } = interruptible(0);
    interruption.interrupt(interpreter, 'abort');
    pass(10 * GRACE);
    expect(interrupt).toHaveBeenCalledOnce();
    expect(kill).not.toHaveBeenCalled();
    interruption.begin(interpreter);
    expect(interrupt).toHaveBeenCalledTimes(2);
    expect(interrupted).toHaveBeenCalledOnce();
    pass(GRACE);
    expect(kill).toHaveBeenCalledOnce();
  });

  it.each([Infinity, 2 ** 31])('does not treat a timeout of %d milliseconds as 1', (endless) => {
    const { interruption, interpreter, interrupt } = interruptible(endless);
    interruption.begin(interpreter);
    vi.advanceTimersByTime(24 * 60 * 60_000);
    expect(interrupt).not.toHaveBeenCalled();
    interruption.end();
  });
});
