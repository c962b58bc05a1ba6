import type { InterpreterDiedError, Output } from '../../errors/interpreter-death.js';
import type { ExecutionResult } from '../../execution/execution.js';

/** What the original Fujian answers, over HTTP and WebSocket alike. */
export interface FujianReply {
  readonly stdout: string;
  readonly stderr: string;
  /** `str(fujian_return)`. */
  readonly return: string;
  /** There if the code raised. */
  readonly traceback?: string;
}

export function replyTo({ stdout, stderr, return: returned, error }: ExecutionResult): FujianReply {
  return error
    ? { stdout, stderr, return: returned, traceback: error.traceback }
    : { stdout, stderr, return: returned };
}

export function replyToDeath({ partialOutput, message }: InterpreterDiedError): FujianReply {
  const { stdout, stderr } = partialOutput;
  return { stdout, stderr, return: '', traceback: message };
}

/** To code that was not run, where there is no HTTP status to say so. */
export function replyToRefusal(message: string): FujianReply {
  return { stdout: '', stderr: '', return: '', traceback: message };
}

export function replyFromBetweenRuns({ stdout, stderr }: Output): FujianReply {
  return { stdout, stderr, return: '' };
}

/** Over a WebSocket, a reply with nothing in it is not sent. */
export function saysSomething(reply: FujianReply): boolean {
  return Boolean(reply.stdout || reply.stderr || reply.return || reply.traceback !== undefined);
}
