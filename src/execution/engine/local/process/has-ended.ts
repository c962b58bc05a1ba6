import { existsSync, readFileSync } from 'node:fs';

/** Whether the process has ended, even if nobody has asked for its exit status yet. False without /proc. */
export function hasEnded(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.startsWith('Z', stat.lastIndexOf(')') + 2);
  } catch {
    return existsSync('/proc/self/stat');
  }
}
