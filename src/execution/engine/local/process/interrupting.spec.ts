import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ExecutionId } from '../../../ids.js';
import { Interrupting } from './interrupting.js';

/** Records the milliseconds at which each signal was sent. */
function newInterrupting() {
  const started = Date.now();
  const sent = { nudges: [] as number[], subprocesses: [] as number[], process: [] as number[] };
  const interrupting = new Interrupting(1 as ExecutionId, {
    nudge: () => sent.nudges.push(Date.now() - started),
    interruptSubprocesses: () => sent.subprocesses.push(Date.now() - started),
    interruptProcess: () => sent.process.push(Date.now() - started),
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
  it('nudges at growing intervals until the interrupt is acknowledged', () => {
    const { sent } = newInterrupting();
    vi.advanceTimersByTime(215);
    expect(sent.nudges).toEqual([2, 6, 14, 30, 62, 112, 162, 212]);
  });

  it('interrupts the subprocesses, and at last the process, if it is not acknowledged', () => {
    const { sent } = newInterrupting();
    vi.advanceTimersByTime(10_000);
    // PatientTimeout reads pending data first
    expect(sent.subprocesses).toEqual([expect.closeTo(30, -1)]);
    expect(sent.process).toEqual([expect.closeTo(1_000, -1)]);
  });

  it('stops when the interrupt is acknowledged', () => {
    const { interrupting, sent } = newInterrupting();
    vi.advanceTimersByTime(7);
    interrupting.end();
    interrupting.end();
    vi.advanceTimersByTime(10_000);
    expect(sent).toEqual({ nudges: [2, 6], subprocesses: [], process: [] });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('can be ended by its own signal', () => {
    const interrupting = new Interrupting(1 as ExecutionId, {
      nudge: () => undefined,
      interruptSubprocesses: () => interrupting.end(),
      interruptProcess: () => undefined,
    });
    vi.advanceTimersByTime(31); // PatientTimeout reads pending data first
    expect(vi.getTimerCount()).toBe(0);
  });
});
