/**
 * Resource limits of a session. An omitted one is not limited. docs/limits.md says what happens at
 * each limit.
 */
export interface SessionLimits {
  /** Bytes of address space beyond that of a new interpreter. Linux only. */
  readonly memory?: number | undefined;
  /** Milliseconds of CPU time in the life of one interpreter. */
  readonly cpuTime?: number | undefined;
  /** Number of processes, including the interpreter. Linux only. */
  readonly processes?: number | undefined;
  /** Bytes of each file written. */
  readonly fileSize?: number | undefined;
  /** Open file descriptors; the interpreter itself needs about ten. */
  readonly openFiles?: number | undefined;
}

/** Names of all limits. */
export const LIMITS = [
  'memory',
  'cpuTime',
  'processes',
  'fileSize',
  'openFiles',
] as const satisfies readonly (keyof SessionLimits)[];
