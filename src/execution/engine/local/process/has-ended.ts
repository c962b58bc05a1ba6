import { existsSync, readFileSync } from 'node:fs';

/** Returns whether the process has ended, zombies included. Returns false without /proc. */
export function hasEnded(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.startsWith('Z', stat.lastIndexOf(')') + 2);
  } catch {
    return existsSync('/proc/self/stat');
  }
}
