import { type EncodedValue, LEAST_UNCOPIED } from '../../../values/encode-value.js';
import { paddingAfter } from '../../../values/padding.js';
import type { InputReply, Submission } from '../../engine.js';
import type { CallReply } from './callable-functions.js';
import { ExecuteFlag, FRAME_HEADER_SIZE, FrameType, ReplyKind } from './frame-types.js';

/**
 * Allocates a frame with its header.
 *
 * @param following bytes of the payload that are sent separately, after this buffer.
 */
function frameOf(type: number, payloadSize: number, following = 0): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_SIZE + payloadSize);
  frame.writeUInt32LE(payloadSize + following + 1, 0);
  frame.writeUInt8(type, 4);
  return frame;
}

/**
 * Writes UTF-8, with lone surrogates as Python's `surrogatepass` reads them. Node would write U+FFFD,
 * which is as long.
 */
function writeText(frame: Buffer, text: string, start: number): void {
  frame.write(text, start);
  if (text.isWellFormed()) return;
  let at = start;
  for (const [n, piece] of text.split(/(\p{Surrogate})/u).entries()) {
    // Every second piece is a lone surrogate.
    if (n % 2 === 1) frame.set(encodedUnit(piece.charCodeAt(0)), at);
    at += Buffer.byteLength(piece);
  }
}

/** Encodes a code unit from 0x800 on as UTF-8 does others. */
function encodedUnit(unit: number): number[] {
  return [0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)];
}

const NOTHING = Buffer.alloc(0);
const PADDING = Buffer.alloc(8);

/**
 * Returns the parts of the frame, usually one.
 *
 * @param ahead whether a barrier has to separate this output from the previous execution's.
 */
export function encodeExecute(submission: Submission, ahead: boolean): Uint8Array[] {
  const { id, connection, filename, code } = submission;
  const [operation, ...others] = submission.operation ? valueParts(submission.operation) : [];
  const name = filename ?? `<fujian-${id}>`;
  const nameSize = Buffer.byteLength(name);
  const environment = encodedEnvironment(submission.env);
  const size = operation?.length ?? Buffer.byteLength(code);
  const start = 18 + nameSize + environment.length;
  const frame = frameOf(FrameType.EXECUTE, start - FRAME_HEADER_SIZE + size, sizeOf(others));
  frame.writeUInt32LE(id, 5);
  frame.writeUInt32LE(connection ?? 0, 9);
  frame.writeUInt8(
    (ahead ? ExecuteFlag.AHEAD : 0) |
      (submission.ownsConnection ? ExecuteFlag.PRIVATE : 0) |
      (submission.answersInput ? ExecuteFlag.ANSWERED : 0) |
      (submission.isInteractive ? ExecuteFlag.INTERACTIVE : 0) |
      (submission.streams ? ExecuteFlag.STREAMED : 0) |
      (environment.length > 0 ? ExecuteFlag.ENVIRONMENT : 0) |
      (operation ? ExecuteFlag.OPERATION : 0),
    13,
  );
  frame.writeUInt32LE(nameSize, 14);
  writeText(frame, name, 18);
  environment.copy(frame, 18 + nameSize);
  if (operation) frame.set(operation, start);
  else writeText(frame, code, start);
  return [frame, ...others];
}

/** Returns large buffers uncopied as parts of their own and joins the rest. */
function valueParts({ head, buffers, sizes }: EncodedValue): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let joined: Uint8Array[] = [afterItsLength(head)];
  for (const [at, size] of sizes.entries()) {
    const buffer = contentOf(buffers[at]!, size);
    if (size >= LEAST_UNCOPIED) {
      if (joined.length > 0) parts.push(Buffer.concat(joined));
      parts.push(buffer);
      joined = [];
    } else {
      joined.push(buffer);
    }
    if (paddingAfter(size) > 0) joined.push(PADDING.subarray(0, paddingAfter(size)));
  }
  if (joined.length > 0) parts.push(Buffer.concat(joined));
  return parts;
}

/** Returns zeros for a buffer that was transferred while it waited, so that the frame stays whole. */
function contentOf(buffer: Uint8Array, size: number): Uint8Array {
  return buffer.length === size ? buffer : Buffer.alloc(size);
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function encodedEnvironment(env: Submission['env']): Buffer {
  if (Object.keys(env).length === 0) return NOTHING;
  return afterItsLength(JSON.stringify(env));
}

function afterItsLength(text: string): Buffer {
  const encoded = Buffer.allocUnsafe(4 + Buffer.byteLength(text));
  encoded.writeUInt32LE(encoded.length - 4);
  encoded.write(text, 4);
  return encoded;
}

/** Returns the parts of the frame, usually one. */
export function encodeCallReply(call: number, reply: CallReply): Uint8Array[] {
  const [content, ...others] = callReplyParts(reply);
  const frame = frameOf(FrameType.CALL_REPLY, 5 + content!.length, sizeOf(others));
  frame.writeUInt32LE(call, 5);
  frame.writeUInt8(reply.kind === 'thrown' ? 1 : 0, 9);
  frame.set(content!, 10);
  return [frame, ...others];
}

function callReplyParts(reply: CallReply): Uint8Array[] {
  if (reply.kind === 'returned') return valueParts(reply.value);
  const { message, stack } = reply;
  return [Buffer.from(JSON.stringify({ message, stack }))];
}

export function encodeNumber(type: number, number: number): Buffer {
  const frame = frameOf(type, 4);
  frame.writeUInt32LE(number, FRAME_HEADER_SIZE);
  return frame;
}

export function encodeInputReply(request: number, reply: InputReply): Buffer {
  const [kind, text] = inputReplyParts(reply);
  const frame = frameOf(FrameType.INPUT_REPLY, 5 + Buffer.byteLength(text));
  frame.writeUInt32LE(request, 5);
  frame.writeUInt8(kind, 9);
  writeText(frame, text, 10);
  return frame;
}

function inputReplyParts(reply: InputReply): [kind: number, text: string] {
  switch (reply.kind) {
    case 'line':
      return [ReplyKind.LINE, reply.line];
    case 'end':
      return [ReplyKind.END, ''];
    case 'failed':
      return [ReplyKind.FAILED, reply.reason];
  }
}

export function encodeJson(type: number, value: object): Buffer {
  const json = JSON.stringify(value);
  const frame = frameOf(type, Buffer.byteLength(json));
  frame.write(json, FRAME_HEADER_SIZE);
  return frame;
}

export function encodeEmpty(type: number): Buffer {
  return frameOf(type, 0);
}
