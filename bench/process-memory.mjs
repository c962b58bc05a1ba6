// Measures the peak growth of a process: Linux records the peak, and resets it on demand.
import { readFileSync, writeFileSync } from 'node:fs';

/** @param {number} pid @returns {() => number} returns the growth since now, in MB */
export function watchMemory(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const before = read(pid, 'VmRSS');
  return () => read(pid, 'VmHWM') - before;
}

/** @param {number} pid @param {'VmRSS' | 'VmHWM'} name @returns {number} MB */
function read(pid, name) {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return (Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / 1e6;
}
