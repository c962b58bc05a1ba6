import { readdirSync, readFileSync } from 'node:fs';

const SIGINT_BIT = 2n;

/** Returns the descendants of a process in its process group, from proc(5): what Ctrl-C reaches. */
export function subprocessesOf(pid: number): readonly number[] {
  const found = [...childrenOf(pid)];
  for (const one of found) found.push(...childrenOf(one)); // the list grows during the loop
  return found.filter((one) => groupOf(one) === pid);
}

/** Returns whether a process has a handler of SIGINT, from proc(5), so that the signal does not end it. */
export function handlesInterrupts(pid: number): boolean {
  const [, caught] = /^SigCgt:\s+([0-9a-f]+)$/m.exec(read(`/proc/${pid}/status`)) ?? [];
  return caught !== undefined && (BigInt(`0x${caught}`) & SIGINT_BIT) !== 0n;
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return []; // it has ended, or there is no /proc
  }
}

function groupOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  const group = stat.slice(stat.lastIndexOf(')')).split(' ')[3];
  return group === undefined ? undefined : Number(group);
}

/** Returns an empty text if the process has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
