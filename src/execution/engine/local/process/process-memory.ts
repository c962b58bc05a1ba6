import { readFile } from 'node:fs/promises';

/**
 * No /proc, the process has ended, its memory may not be read, or this process or the system has no
 * free descriptor.
 */
const UNKNOWN = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE']);

/** Returns the memory of a process in bytes (PSS), from proc(5). Returns undefined if unknown. */
export async function memoryOf(pid: number): Promise<number | undefined> {
  try {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
    const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(rollup) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (UNKNOWN.has(code)) return undefined;
    throw error;
  }
}
