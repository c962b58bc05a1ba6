import type { ShuttingDownError } from '../../errors/execution-errors.js';
import type { InterpreterDiedError, Output } from '../../errors/interpreter-death.js';
import type { ExecutionResult } from '../../execution/execution.js';
import { unjoined } from '../../execution/joined-on-demand.js';
import {
  byteSizeOf,
  LongText,
  PIECE_SIZE,
  piecesOf,
  type Text,
} from '../../execution/long-text.js';

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

/** A reply to be sent, with texts that may be long. */
export type OutgoingReply = Readonly<Record<'stdout' | 'stderr' | 'return', Text>> &
  Pick<FujianReply, 'traceback' | 'lostThreads'>;

export function replyTo(result: ExecutionResult): OutgoingReply {
  const { error, lostThreads } = result;
  return {
    ...outputOf(result),
    return: unjoined(result, 'return'),
    ...(error && { traceback: error.traceback }),
    ...(lostThreads && { lostThreads }),
  };
}

/** Returns the reply to code that was cut off. */
export function replyToDeath({
  partialOutput,
  message,
}: InterpreterDiedError | ShuttingDownError): OutgoingReply {
  return { ...outputOf(partialOutput), return: '', traceback: message };
}

/** Returns the reply to refused code, where no HTTP status can say so. */
export function replyToRefusal(message: string): OutgoingReply {
  return { stdout: '', stderr: '', return: '', traceback: message };
}

export function replyFromBetweenRuns(output: Output): OutgoingReply {
  return { ...outputOf(output), return: '' };
}

function outputOf(output: Output): Pick<OutgoingReply, 'stdout' | 'stderr'> {
  return { stdout: unjoined(output, 'stdout'), stderr: unjoined(output, 'stderr') };
}

/** Returns whether a reply is not empty: a WebSocket sends no empty replies. */
export function saysSomething(reply: OutgoingReply): boolean {
  return Boolean(reply.stdout || reply.stderr || reply.return || reply.traceback !== undefined);
}

/** Returns whether a reply is too long to be encoded and sent at once. */
export function isLong(reply: OutgoingReply): boolean {
  return [reply.stdout, reply.stderr, reply.return].some((text) => text instanceof LongText);
}

/** Bytes of the texts of a reply. */
export function sizeOfReply(reply: OutgoingReply): number {
  return [reply.stdout, reply.stderr, reply.return, reply.traceback ?? ''].reduce<number>(
    (sum, text) => sum + byteSizeOf(text),
    0,
  );
}

/** Encodes a reply as JSON, in pieces: as a whole it may be longer than the longest string. */
export function* jsonPiecesOf({
  lostThreads,
  ...texts
}: OutgoingReply): Generator<Buffer, void, void> {
  let json = '{';
  for (const [name, text] of Object.entries(texts)) {
    json += `${json === '{' ? '' : ','}"${name}":"`;
    for (const piece of piecesOf(text)) {
      json += JSON.stringify(piece).slice(1, -1);
      if (json.length < PIECE_SIZE) continue;
      yield Buffer.from(json);
      json = '';
    }
    json += '"';
  }
  if (lostThreads) json += `,"lostThreads":${JSON.stringify(lostThreads)}`;
  yield Buffer.from(`${json}}`);
}
