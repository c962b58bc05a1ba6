import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Heartbeat, HEARTBEAT_LIMIT } from './heartbeat.js';

function newHeartbeat() {
  const process = {
    ask: vi.fn<() => void>(),
    awaken: vi.fn<() => void>(),
    giveUp: vi.fn<() => void>(),
  };
  return { ...process, heartbeat: new Heartbeat(process) };
}

/** Advances the clock, and lets the input that is due be read. */
async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Heartbeat', () => {
  it('asks again some time after each answer', async () => {
    const { heartbeat, ask, awaken } = newHeartbeat();
    for (let answers = 1; answers <= 3; answers++) {
      heartbeat.answered();
      await pass(5_001);
      expect(ask).toHaveBeenCalledTimes(answers);
    }
    expect(awaken).not.toHaveBeenCalled();
    heartbeat.end();
  });

  it('asks at once on request, but not while an answer is awaited', () => {
    const { heartbeat, ask } = newHeartbeat();
    heartbeat.answered();
    heartbeat.ask();
    heartbeat.ask();
    expect(ask).toHaveBeenCalledOnce();
    heartbeat.end();
  });

  it('asks anew for a request that came while an answer was awaited', async () => {
    const { heartbeat, ask, awaken } = newHeartbeat();
    heartbeat.answered();
    heartbeat.ask();
    heartbeat.ask();
    heartbeat.answered();
    expect(ask).toHaveBeenCalledTimes(2);
    await pass(1_001);
    expect(awaken).toHaveBeenCalledOnce();
    heartbeat.end();
  });

  it('awakens a process that is late, and gives up one that stays silent', async () => {
    const { heartbeat, awaken, giveUp } = newHeartbeat();
    heartbeat.answered();
    heartbeat.ask();
    expect(heartbeat.isMissed).toBe(false);
    await pass(1_001);
    expect(heartbeat.isMissed).toBe(true);
    expect(awaken).toHaveBeenCalledOnce();
    await pass(HEARTBEAT_LIMIT);
    expect(giveUp).toHaveBeenCalledOnce();
    await pass(HEARTBEAT_LIMIT);
    expect(giveUp).toHaveBeenCalledOnce();
  });

  it('forgets misses when an answer comes', async () => {
    const { heartbeat, giveUp } = newHeartbeat();
    heartbeat.answered();
    for (let round = 0; round < 3; round++) {
      heartbeat.ask();
      await pass(HEARTBEAT_LIMIT - 500);
      heartbeat.answered();
      expect(heartbeat.isMissed).toBe(false);
    }
    expect(giveUp).not.toHaveBeenCalled();
    heartbeat.end();
  });
});
