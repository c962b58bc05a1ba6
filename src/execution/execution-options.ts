import type { PoolOptions } from './sessions/session-pool.js';
import type { SessionLimits } from './session-limits.js';

/** Options of `ExecutionModule`, all optional. */
export interface ExecutionOptions {
  /** Path or command of Python. Default: that of `VIRTUAL_ENV`, else `python3` on `PATH`. */
  readonly python?: string;
  /** Working directory of the interpreters. Default: the service's. */
  readonly cwd?: string;
  /** Python file that each new interpreter runs first. */
  readonly startup?: string;
  /**
   * Python modules imported once, before interpreters are forked, so that each has them from the
   * start.
   */
  readonly preload?: readonly string[];
  /**
   * How interpreters start. `fork`: as forks of one process, which takes milliseconds and shares
   * memory. `spawn`: as new processes, of which one is kept ready, for libraries that do not
   * survive a fork (macOS frameworks). Default `fork`, on macOS `spawn`.
   */
  readonly start?: 'fork' | 'spawn';
  /** Most sessions at one time, including `main`. Default 100. */
  readonly maxSessions?: number;
  /**
   * Milliseconds after which an idle session other than `main` is closed; 0 for never. Default 0.
   */
  readonly idleTimeout?: number;
  /** Milliseconds that an execution may run; 0 for no limit. Default 0. */
  readonly timeout?: number;
  /** Milliseconds from an interrupt that the code ignores to the kill. Default 5,000. */
  readonly interruptGrace?: number;
  /**
   * Milliseconds that running code has to finish at shutdown before it is interrupted. Default
   * 2,000.
   */
  readonly shutdownGrace?: number;
  /**
   * Milliseconds that an interpreter has to end as Python ends a program, with its exit functions,
   * when its session is closed or restarted or the application stops, and no code runs. Then it is
   * killed, with 0 at once. Default 2,000.
   */
  readonly exitGrace?: number;
  /** Bytes of output that the result of one execution keeps. Default 128 MiB. */
  readonly outputLimit?: number;
  /** Most executions that run or wait in a session. Default 1,024. */
  readonly queueLimit?: number;
  /**
   * Whether executions that wait for an interpreter that dies fail, as their variables are gone, or
   * run in the next one. Default `refuse`.
   */
  readonly queuedOnDeath?: 'refuse' | 'run';
  /**
   * Deaths within `deathWindow` after which no interpreter starts for `deathPause`; then one is
   * tried. 0 for no limit. Default 5.
   */
  readonly deathLimit?: number;
  /** Milliseconds in which deaths count together. Default 60,000. */
  readonly deathWindow?: number;
  /** Milliseconds without a new interpreter after too many deaths. Default 10,000. */
  readonly deathPause?: number;
  /** Sessions for stateless work: `PythonInterpreterService.pool`. Default: none. */
  readonly pool?: PoolOptions;
  /** Resource limits of each interpreter. Default: none. */
  readonly limits?: SessionLimits;
}

/**
 * Interface of the classes for `useClass` and `useExisting` of `ExecutionModule.forRootAsync()`.
 */
export interface ExecutionOptionsFactory {
  createExecutionOptions(): ExecutionOptions | Promise<ExecutionOptions>;
}
