import type { PythonCalls } from '../calls/python-calls.js';
import type { ExecuteOptions, ExecutionResult, StreamOptions } from '../execution.js';
import type { ExecutionStream } from '../execution-stream.js';
import type { Connection, ConnectionListener } from './connection.js';

/** What a session is at the moment. */
export interface SessionInfo {
  readonly id: string;
  readonly state: SessionCondition;
  readonly cwd: string;
  /** How many interpreters it has had. */
  readonly generation: number;
  /** The interpreter's process; undefined while there is none. */
  readonly pid: number | undefined;
  /** Executions so far, the one that runs included. */
  readonly executions: number;
  /** Executions that run or wait. */
  readonly pending: number;
  readonly createdAt: Date;
  /** When the last execution began or ended. */
  readonly lastActiveAt: Date;
  /** Bytes that the interpreter takes, what it shares with others counted by its part; undefined where nobody can tell. */
  readonly memory: number | undefined;
}

export type SessionCondition = 'starting' | 'idle' | 'busy' | 'failed' | 'closing' | 'closed';

/** One persistent Python namespace. */
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

/** A session that has just been forked. */
export interface SessionFork {
  readonly session: PythonSession;
  /** Names of the threads that the session has, and the fork has not: threads do not survive a fork. */
  readonly lostThreads: readonly string[];
}
