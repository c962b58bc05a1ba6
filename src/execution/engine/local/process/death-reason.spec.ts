import { totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { SessionLimits } from '../../../session-limits.js';
import type { DeathReason } from '../../../../errors/interpreter-death.js';
import { deathOf } from './death-reason.js';
import type { Exited } from '../channel/messages.js';

interface Known {
  readonly killedFor?: DeathReason;
  readonly endedFor?: DeathReason;
  readonly limits?: SessionLimits;
}

const RESTART: DeathReason = { cause: 'restart', reason: 'it was restarted' };
const MB = 1024 * 1024;

function death(how: Partial<Exited>, { killedFor, endedFor, limits = {} }: Known = {}) {
  const exit = { session: 'main.1', pid: 1, peakMemory: 5 * MB, cpuTime: 0, ...how };
  return deathOf({ exit, killedFor, endedFor, limits });
}

const cause = (how: Partial<Exited>, known?: Known) => death(how, known).cause;

describe('deathOf', () => {
  it('reports the exit code or signal', () => {
    expect(death({ code: 3 })).toEqual({
      cause: 'exit',
      reason: 'exit code 3',
      signal: undefined,
      exitCode: 3,
      peakMemory: 5 * MB,
    });
    expect(death({ signal: 'SIGSEGV' })).toMatchObject({
      cause: 'signal',
      reason: 'killed by SIGSEGV',
      signal: 'SIGSEGV',
      exitCode: undefined,
    });
  });

  it('reports only the end of the supervisor if the supervisor has ended', () => {
    const ending = { killedFor: RESTART, endedFor: RESTART, limits: {} };
    expect(deathOf({ exit: { how: 'killed by SIGKILL' }, ...ending })).toEqual({
      cause: 'supervisor',
      reason: 'its supervisor process ended (killed by SIGKILL)',
      signal: undefined,
      exitCode: undefined,
      peakMemory: undefined,
    });
  });

  it('reports why the service killed the session, if SIGKILL ended it', () => {
    expect(death({ signal: 'SIGKILL' }, { killedFor: RESTART })).toMatchObject(RESTART);
    expect(cause({ code: 0 }, { killedFor: RESTART })).toBe('exit');
    expect(cause({ signal: 'SIGSEGV' }, { killedFor: RESTART })).toBe('signal');
  });

  it('reports why the service had the session end, however that ended', () => {
    for (const how of [{ code: 0 }, { code: 3 }, { signal: 'SIGSEGV' }, { signal: 'SIGKILL' }]) {
      expect(death(how, { endedFor: RESTART })).toMatchObject({ ...RESTART, exitCode: how.code });
    }
  });

  it('reports the memory limit for its exit status', () => {
    const limits = { memory: 100 * MB };
    expect(death({ code: 117 }, { limits })).toMatchObject({
      cause: 'memory-limit',
      reason: 'ran out of memory (limit 100 MB)',
    });
    expect(cause({ code: 117 })).toBe('exit');
  });

  it('reports the process limit if the supervisor killed the session for it', () => {
    const how = { signal: 'SIGKILL', overLimit: 'processes' } as const;
    expect(death(how, { limits: { processes: 4 }, killedFor: RESTART })).toMatchObject({
      cause: 'process-limit',
      reason: 'started more processes than the 4 that it may have, and was killed',
    });
  });

  it('reports the limit of processor time for either signal', () => {
    const limits = { cpuTime: 1_500 };
    expect(death({ signal: 'SIGXCPU', cpuTime: 1.9 }, { limits })).toMatchObject({
      cause: 'cpu-limit',
      reason: 'used up its processor time (limit 1.5 s)',
    });
    expect(cause({ signal: 'SIGKILL', cpuTime: 1.95 }, { limits })).toBe('cpu-limit');
    expect(cause({ signal: 'SIGKILL', cpuTime: 1.5 }, { limits })).toBe('signal');
    expect(cause({ signal: 'SIGSEGV', cpuTime: 3 }, { limits })).toBe('signal');
    expect(cause({ code: 0, cpuTime: 3 }, { limits })).toBe('exit');
    expect(cause({ signal: 'SIGXCPU' })).toBe('signal');
  });

  it('guesses that a process with most of the memory was killed for it', () => {
    const peakMemory = totalmem() * 2;
    expect(death({ signal: 'SIGKILL', peakMemory }).reason).toMatch(
      /^killed by SIGKILL, probably by the operating system for want of memory: it had \d+ MB of \d+ MB$/,
    );
    expect(death({ signal: 'SIGKILL' }).reason).toBe('killed by SIGKILL');
    expect(death({ signal: 'SIGSEGV', peakMemory }).reason).toBe('killed by SIGSEGV');
  });
});
