import type { ShuttingDownError } from '../../errors/execution-errors.js';
import type { InterpreterDiedError, Output } from '../../errors/interpreter-death.js';
import type { ExecutionResult } from '../../execution/execution.js';

/** The reply of the Fujian protocol, over HTTP and WebSocket alike. */
export interface FujianReply {
  readonly stdout: string;
  readonly stderr: string;
  /** `str(fujian_return)`. */
  readonly return: string;
  /** Present if the code raised. */
  readonly traceback?: string;
  /** Present if isolated code lacked threads of its session. */
  readonly lostThreads?: readonly string[];
}

export function replyTo(result: ExecutionResult): FujianReply {
  const { stdout, stderr, return: returned, error, lostThreads } = result;
  return {
    stdout,
    stderr,
    return: returned,
    ...(error && { traceback: error.traceback }),
    ...(lostThreads && { lostThreads }),
  };
}

/** Returns the reply to code that was cut off. */
export function replyToDeath({
  partialOutput,
  message,
}: InterpreterDiedError | ShuttingDownError): FujianReply {
  const { stdout, stderr } = partialOutput;
  return { stdout, stderr, return: '', traceback: message };
}

/** Returns the reply to refused code, where no HTTP status can say so. */
export function replyToRefusal(message: string): FujianReply {
  return { stdout: '', stderr: '', return: '', traceback: message };
}

export function replyFromBetweenRuns({ stdout, stderr }: Output): FujianReply {
  return { stdout, stderr, return: '' };
}

/** Returns whether a reply is not empty: a WebSocket sends no empty replies. */
export function saysSomething(reply: FujianReply): boolean {
  return Boolean(reply.stdout || reply.stderr || reply.return || reply.traceback !== undefined);
}
