import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Environment variable that marks a process and its descendants, daemons too. */
export const MARK = 'TEST_LAUNCH';

/** True on Linux, where /proc shows the environment and the descriptors of processes. */
export const CAN_LOOK_AT_PROCESSES = existsSync('/proc/self/environ');

/** Returns the processes with this mark in their environment, as `pid command line`. */
export function processesMarked(mark: string): string[] {
  return processesWith(MARK, mark).map(({ pid, command }) => `${pid} ${command}`);
}

/** Returns the processes that were started with this variable in their environment. */
export function processesWith(
  variable: string,
  value: string,
): { readonly pid: number; readonly command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(`${variable}=${value}`))
    .map((pid) => ({ pid: Number(pid), command: commandOf(pid) }));
}

/** Returns the processes that this one is the parent of. */
export function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.trim().split(' ').map(Number);
}

/** Errors for a process that is gone, is going, or is ending (it belongs to root then). */
const GONE: readonly unknown[] = ['ENOENT', 'ESRCH', 'EACCES'];

/** Returns how many descriptors a process has open; 0 when it has ended or is about to. */
export function descriptorsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch (error) {
    if (GONE.includes((error as NodeJS.ErrnoException).code)) return 0;
    throw error;
  }
}

/** Returns the resident memory of a process in bytes. */
export function residentMemoryOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kilobytes) * 1024;
}

/** Returns the environment of a process; empty for a zombie. */
function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 200);
  } catch {
    return '';
  }
}
