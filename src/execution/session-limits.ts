/** What a session may use of the machine. What is left out is not limited. docs/limits.md says what happens at each. */
export interface SessionLimits {
  /** Bytes of address space, beyond what a new interpreter has. Linux only. */
  readonly memory?: number | undefined;
  /** Milliseconds of processor time in the life of one interpreter. */
  readonly cpuTime?: number | undefined;
  /** Processes, the interpreter itself included. Linux only. */
  readonly processes?: number | undefined;
  /** Bytes of each file that it writes. */
  readonly fileSize?: number | undefined;
  /** Descriptors that are open at one time; about ten are the interpreter's own. */
  readonly openFiles?: number | undefined;
}
