import { readFile } from 'node:fs/promises';

/** There is no /proc here, or the process has just ended, or it does not let itself be looked at. */
const UNKNOWN = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM']);

/** Bytes (PSS) of a process, from proc(5); undefined where there is no such thing. */
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
