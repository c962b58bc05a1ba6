import type { PythonCalls } from '../calls/python-calls.js';
import type { ExecuteOptions, ExecutionResult, StreamOptions } from '../execution.js';
import type { ExecutionStream } from '../execution-stream.js';
import type { Connection, ConnectionListener } from './connection.js';

/** State of a session, as a snapshot. */
export interface SessionInfo {
  readonly id: string;
  readonly state: SessionCondition;
  readonly cwd: string;
  /** Counts the interpreters that the session has had. */
  readonly generation: number;
  /** Process id of the interpreter; undefined while the session has none. */
  readonly pid: number | undefined;
  /** Executions so far, including the running one. */
  readonly executions: number;
  /** Running and waiting executions. */
  readonly pending: number;
  readonly createdAt: Date;
  /** When the last execution began or ended. */
  readonly lastActiveAt: Date;
  /**
   * Memory of the interpreter in bytes (proportional set size); undefined where it cannot be
   * measured.
   */
  readonly memory: number | undefined;
}

export type SessionCondition = 'starting' | 'idle' | 'busy' | 'failed' | 'closing' | 'closed';

/** Persistent Python namespace. */
export interface PythonSession extends Pick<PythonCalls, keyof PythonCalls> {
  readonly id: string;
  readonly condition: SessionCondition;
  readonly generation: number;

  /** As `PythonInterpreterService.execute()`. */
  execute(code: string, options?: ExecuteOptions): Promise<ExecutionResult>;
  /** As `PythonInterpreterService.stream()`. */
  stream(code: string, options?: StreamOptions): ExecutionStream;
  /** As `PythonInterpreterService.connect()`. */
  connect(listener: ConnectionListener): Connection;
  /** As `PythonInterpreterService.interrupt()`. */
  interrupt(): boolean;
  /** As `PythonInterpreterService.restart()`. */
  restart(): Promise<void>;
  info(): Promise<SessionInfo>;
}

/** Result of a fork. */
export interface SessionFork {
  readonly session: PythonSession;
  /** Names of the parent's threads that the fork lacks: threads do not survive a fork. */
  readonly lostThreads: readonly string[];
}
