import type { ExecuteOptions, ExecutionResult, PushedMessage } from '../execution.js';
import type { Death, Output } from '../../errors/interpreter-death.js';
import type { ConnectionId } from '../ids.js';

/** What a protocol does with what Python sends to one of its clients. */
export interface ConnectionListener {
  /** A promise that is returned holds Python's further messages back: for a client that reads slowly. */
  pushed(message: PushedMessage): Promise<void> | undefined;

  /** Something was printed while no code was running. All open connections are told. */
  printedBetweenRuns(output: Output): void;

  /** The interpreter ended, and no execution over this connection was there to be answered with it. */
  interpreterDied(death: Death): void;

  /** There is nothing more to come. */
  sessionClosed(): void;
}

/** A client that Python can push to, for as long as it is open. */
export interface Connection {
  readonly id: ConnectionId;

  /** As `PythonInterpreterService.execute()`; `FUJIAN_WS` is this connection meanwhile. */
  execute(code: string, options?: ExecuteOptions): Promise<ExecutionResult>;

  /** `FUJIAN_WS.is_open()` is true of another one, or of none, from now on. */
  close(): void;
}
