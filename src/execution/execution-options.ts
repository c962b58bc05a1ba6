import type { PoolOptions } from './sessions/session-pool.js';
import type { SessionLimits } from './session-limits.js';

/** How `ExecutionModule` runs Python. Every member is optional. */
export interface ExecutionOptions {
  /** Path or command of the interpreter. Default: that of `VIRTUAL_ENV`, else `python3` on `PATH`. */
  readonly python?: string;
  /** Working directory of the interpreters. Default: the service's own. */
  readonly cwd?: string;
  /** A Python file that is run in each new interpreter before anything else. */
  readonly startup?: string;
  /** Modules imported once, before interpreters are forked, so that each has them at once. */
  readonly preload?: readonly string[];
  /**
   * How interpreters come to be: `fork`, as forks of one process, which takes milliseconds and shares its
   * memory; or `spawn`, as processes of their own, of which one is kept ready, where a fork of a Python with
   * its libraries is not safe (frameworks of macOS). Default `fork`, on macOS `spawn`.
   */
  readonly start?: 'fork' | 'spawn';
  /** Sessions that there may be at one time, `main` included. Default 100. */
  readonly maxSessions?: number;
  /** Milliseconds after which a session that nobody uses is closed, but not `main`; 0: never. Default 0. */
  readonly idleTimeout?: number;
  /** Milliseconds that an execution may run; 0: no limit. Default 0. */
  readonly timeout?: number;
  /** Milliseconds from an interrupt that is not obeyed to the kill. Default 5,000. */
  readonly interruptGrace?: number;
  /** Milliseconds that running code has to finish when the application stops; then it is interrupted. Default 2,000. */
  readonly shutdownGrace?: number;
  /** Bytes of output that the result of one execution keeps. Default 128 MiB. */
  readonly outputLimit?: number;
  /** Executions that may be under way or wait for a session. Default 1,024. */
  readonly queueLimit?: number;
  /**
   * What becomes of code that waits for an interpreter which dies: it is refused, since its variables are
   * gone, or run in the next one. Default `refuse`.
   */
  readonly queuedOnDeath?: 'refuse' | 'run';
  /**
   * Deaths of interpreters within `deathWindow` after which none is started for `deathPause`; then one is
   * tried. 0: there is no such number. Default 5.
   */
  readonly deathLimit?: number;
  /** Milliseconds. Default 60,000. */
  readonly deathWindow?: number;
  /** Milliseconds. Default 10,000. */
  readonly deathPause?: number;
  /** Sessions that share work which keeps nothing: `PythonInterpreterService.pool`. Default: none. */
  readonly pool?: PoolOptions;
  /** What each interpreter may use of the machine. Default: no limits. */
  readonly limits?: SessionLimits;
}

/** What `useClass` and `useExisting` of `ExecutionModule.forRootAsync()` name. */
export interface ExecutionOptionsFactory {
  createExecutionOptions(): ExecutionOptions | Promise<ExecutionOptions>;
}
