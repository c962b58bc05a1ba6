import { totalmem } from 'node:os';
import type { SessionLimits } from '../../../session-limits.js';
import type { Death, DeathReason } from '../../../../errors/interpreter-death.js';
import { OUT_OF_MEMORY_STATUS } from '../channel/frame-types.js';
import type { Exited } from '../channel/messages.js';
import type { SupervisorEnd } from './supervisor-process.js';

/** The process was killed and lives on. */
export interface Survival {
  /** Phrase with the process as its subject. */
  readonly survives: string;
}

/** Facts about the end of a session. */
export interface Ending {
  readonly exit: Exited | SupervisorEnd | Survival;
  /** Why this service killed the session. Undefined if it did not. */
  readonly killedFor: DeathReason | undefined;
  /** Why this service had the session end. Undefined if it did not. */
  readonly endedFor: DeathReason | undefined;
  readonly limits: SessionLimits;
}

/** Seconds by which the measured processor time may be too low, because it is counted in ticks. */
const TICK = 0.1;

const UNKNOWN = { signal: undefined, exitCode: undefined, peakMemory: undefined };

/** Determines why a session ended. */
export function deathOf(ending: Ending): Omit<Death, 'partialOutput'> {
  const { exit, killedFor } = ending;
  if ('how' in exit) {
    const reason = `its supervisor process ended (${exit.how})`;
    return { cause: 'supervisor', reason, ...UNKNOWN };
  }
  if ('survives' in exit) {
    const { cause, reason } = killedFor ?? { cause: 'signal', reason: 'it was killed' };
    return { cause, reason: `${reason}; its process ${exit.survives}`, ...UNKNOWN };
  }
  const { signal, code: exitCode, peakMemory } = exit;
  return { ...reasonOf(exit, ending), signal, exitCode, peakMemory };
}

function reasonOf(exit: Exited, { killedFor, endedFor, limits }: Ending): DeathReason {
  if (endedFor) return endedFor; // however its exit functions have ended it
  const { memory, cpuTime, processes } = limits;
  if (exit.code === OUT_OF_MEMORY_STATUS && memory !== undefined) {
    return { cause: 'memory-limit', reason: `ran out of memory (limit ${size(memory)})` };
  }
  if (exit.overLimit === 'processes') {
    const reason = `started more processes than the ${processes} that it may have, and was killed`;
    return { cause: 'process-limit', reason };
  }
  if (exit.signal === 'SIGKILL' && killedFor) return killedFor;
  if (cpuTime !== undefined && isOutOfCpuTime(exit, cpuTime)) {
    const reason = `used up its processor time (limit ${cpuTime / 1000} s)`;
    return { cause: 'cpu-limit', reason };
  }
  if (exit.signal === undefined) return { cause: 'exit', reason: `exit code ${exit.code}` };
  return { cause: 'signal', reason: `killed by ${exit.signal}${hintOf(exit)}` };
}

function isOutOfCpuTime({ signal, cpuTime }: Exited, limit: number): boolean {
  return (
    signal === 'SIGXCPU' || (signal === 'SIGKILL' && cpuTime >= Math.ceil(limit / 1000) - TICK)
  );
}

/** Guesses from the memory use whether the kernel's out-of-memory killer was at work. */
function hintOf({ signal, peakMemory }: Exited): string {
  const available = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  return signal === 'SIGKILL' && peakMemory > available / 2
    ? `, probably by the operating system for want of memory: it had ${size(peakMemory)} of ${size(available)}`
    : '';
}

function size(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}
