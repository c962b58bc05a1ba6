import type { ExecuteOptions, ExecutionResult, PushedMessage } from '../execution.js';
import type { Death, Output } from '../../errors/interpreter-death.js';
import type { ConnectionId } from '../ids.js';

/**
 * Receives what Python sends to a client of a protocol, in the async context of `connect()`. If a
 * method throws, or its promise rejects, the connection's running code is interrupted, and its
 * `execute()` rejects with that error. While none runs, the error is logged.
 */
export interface ConnectionListener {
  /** Receives a message. A returned promise is backpressure, for a client that reads slowly. */
  pushed(message: PushedMessage): Promise<void> | undefined;

  /**
   * Receives a text that takes too long to be sent at once, in pieces. Default: `pushed` receives
   * all of it.
   *
   * @param size bytes of the text.
   */
  pushedInPieces?(pieces: Iterable<string>, size: number): Promise<void> | undefined;

  /** Receives output printed while no code was running, as all open connections do. */
  printedBetweenRuns(output: Output): void;

  /** The interpreter ended, and no execution of this connection failed with it. */
  interpreterDied(death: Death): void;

  /** The session was closed; nothing follows. */
  sessionClosed(): void;
}

/** Client that Python can push messages to until it is closed. */
export interface Connection {
  readonly id: ConnectionId;

  /** As `PythonInterpreterService.execute()`, with this connection as `FUJIAN_WS`. */
  execute(code: string, options?: ExecuteOptions): Promise<ExecutionResult>;

  /** Closes the connection: its `FUJIAN_WS.is_open()` is false from now on. */
  close(): void;
}
