import { z } from 'zod';
import type { FunctionCall } from './callable-functions.js';
import { FrameError } from './frame-decoder.js';
import { DISPLAY_LEVELS } from './frame-types.js';
import type { InputQuestion } from '../../engine.js';
import type { ConnectionId, ExecutionId, FunctionId } from '../../../ids.js';
import { decodeValue, type FindFunction, ValueFormatError } from '../../../values/decode-value.js';
import { joinedOnDemand } from '../../../joined-on-demand.js';
import { LongJson } from '../../../long-json.js';
import { LongText, PIECE_SIZE, type Text } from '../../../long-text.js';
import { incompleteTail } from '../../../output-text.js';
import type { ExecutionError } from '../../../../errors/call-errors.js';
import type { JsonValue, Representation, Shown } from '../../../shown.js';

/**
 * Decoders of the frames that Python sends. A session runs untrusted user code, so every function
 * validates its payload and throws a FrameError if it is invalid.
 */

/** Maximum depth of the JSON in SHOWN: two levels enclose the metadata. */
const MOST_LEVELS = DISPLAY_LEVELS + 2;

/** Bytes of JSON beyond which it is not parsed at once. */
const LONG_JSON = 256 * 1024;

/** Bytes of one text in the log. */
const LONGEST_LOG = PIECE_SIZE;

const hello = z.object({ token: z.string() });

const supervising = z.object({ version: z.string(), executable: z.string(), pid: z.int() });

/** Process 1 and groups (below 1) are never those of a session. */
const started = z.object({ session: z.string(), pid: z.int().min(2) });

const exited = z.object({
  session: z.string(),
  pid: z.int(),
  code: z.int().optional(),
  signal: z.string().optional(),
  /** Bytes. */
  peakMemory: z.number(),
  /** Seconds of processor time. */
  cpuTime: z.number(),
  overLimit: z.literal('processes').optional(),
});

const forked = z.union([
  z.object({ session: z.string(), error: z.string() }),
  z.object({ session: z.string(), lostThreads: z.array(z.string()) }),
]);

const forking = z.object({ session: z.string() });

const startFailed = z.object({ session: z.string(), message: z.string() });

export type Supervising = z.infer<typeof supervising>;
export type Forked = z.infer<typeof forked>;
export type Started = z.infer<typeof started>;
export type Exited = z.infer<typeof exited>;

export const decodeHello = (payload: Buffer) => decodeJson(hello, payload);
export const decodeSupervising = (payload: Buffer) => decodeJson(supervising, payload);
export const decodeForked = (payload: Buffer) => decodeJson(forked, payload);
export const decodeForking = (payload: Buffer) => decodeJson(forking, payload);
export const decodeStarted = (payload: Buffer) => decodeJson(started, payload);
export const decodeExited = (payload: Buffer) => decodeJson(exited, payload);
export const decodeStartFailed = (payload: Buffer) => decodeJson(startFailed, payload);

export interface Done {
  readonly execution: ExecutionId;
  readonly barrier: number;
  readonly hasBegun: boolean;
  /** Empty if it came before, in RETURNED frames. */
  readonly returned: Text;
  readonly error: ExecutionError | undefined;
}

/** Validates without zod, because every execution sends a DONE. */
export function decodeDone(payload: Buffer): Done {
  if (payload.length < 8) throw new FrameError('DONE is too short');
  const members = parse(payload.toString('latin1', 8)) as {
    return?: unknown;
    begun?: unknown;
    error?: unknown;
  } | null;
  if (typeof members !== 'object' || members === null || typeof members.return !== 'string') {
    throw new FrameError('DONE has no return');
  }
  return {
    execution: payload.readUInt32LE(0) as ExecutionId,
    barrier: payload.readUInt32LE(4),
    hasBegun: members.begun !== false,
    returned: members.return,
    error: members.error === undefined ? undefined : executionError(members.error),
  };
}

const errorSchema = z.object({
  type: z.string(),
  value: z.string(),
  traceback: z.string(),
  exit: z
    .object({ status: z.int().min(0).max(255), message: z.string().exactOptional() })
    .exactOptional(),
  isShown: z.literal(true).exactOptional(),
});

function executionError(value: unknown): ExecutionError {
  return checked(errorSchema, value);
}

export interface Begun {
  readonly execution: ExecutionId;
  readonly count: number;
}

export function decodeBegun(payload: Buffer): Begun {
  if (payload.length !== 8) throw new FrameError('BEGUN does not have 8 bytes');
  return { execution: payload.readUInt32LE(0) as ExecutionId, count: payload.readUInt32LE(4) };
}

const shownHead = z.object({
  type: z.enum(['display', 'value', 'update', 'clear']),
  id: z.string().optional(),
  wait: z.boolean().optional(),
  metadata: z.record(z.string(), z.json()).optional(),
  /** Parts after the head: MIME type, encoding, bytes. */
  parts: z.array(z.tuple([z.string(), z.enum(['text', 'bytes', 'json']), z.int().nonnegative()])),
});

export interface ShownFrame {
  readonly execution: ExecutionId;
  readonly barrier: number;
  readonly shown: Shown;
}

export interface Returned {
  readonly execution: ExecutionId;
  /** A part of the return value. `textWithSurrogates` decodes it. */
  readonly part: Buffer;
}

export function decodeReturned(payload: Buffer): Returned {
  if (payload.length < 4) throw new FrameError('RETURNED is too short');
  return { execution: payload.readUInt32LE(0) as ExecutionId, part: payload.subarray(4) };
}

/** @param isOwn whether the payload stays valid. */
export function decodeShown(payload: Buffer, isOwn = false): ShownFrame {
  const headEnd = payload.length < 12 ? Infinity : 12 + payload.readUInt32LE(8);
  if (headEnd > payload.length) throw new FrameError('SHOWN is too short');
  const head = checked(shownHead, parseShallow(payload.toString('latin1', 12, headEnd)));
  return {
    execution: payload.readUInt32LE(0) as ExecutionId,
    barrier: payload.readUInt32LE(4),
    shown: shownOf(head, ownBytes(payload.subarray(headEnd), isOwn)),
  };
}

function shownOf(head: z.infer<typeof shownHead>, body: Buffer): Shown {
  const { type, id, wait = false } = head;
  const representation = (): Representation => ({
    data: dataOf(head.parts, body),
    metadata: head.metadata ?? {},
  });
  switch (type) {
    case 'display':
      return { type, ...representation(), ...(id !== undefined && { id }) };
    case 'value':
      return { type, ...representation() };
    case 'update':
      if (id === undefined) throw new FrameError('an update without an id');
      return { type, id, ...representation() };
    case 'clear':
      return { type, wait };
  }
}

function dataOf(parts: z.infer<typeof shownHead>['parts'], body: Buffer): Representation['data'] {
  const data: [string, Form][] = [];
  let start = 0;
  for (const [mimeType, form, size] of parts) {
    const end = start + size;
    if (end > body.length) throw new FrameError('SHOWN ends within a part');
    const bytes = body.subarray(start, end);
    data.push([mimeType, partOf(form, bytes)]);
    start = end;
  }
  return joinedOnDemand(Object.fromEntries(data));
}

type Form = JsonValue | Buffer | LongText | LongJson;

function partOf(form: 'text' | 'bytes' | 'json', bytes: Buffer): Form {
  switch (form) {
    case 'text':
      return LongText.of([bytes], utf8);
    case 'bytes':
      return bytes;
    case 'json':
      if (bytes.length > LONG_JSON) return new LongJson(bytes, MOST_LEVELS);
      return parseShallow(bytes.toString()) as JsonValue;
  }
}

export interface ValueFrame {
  readonly execution: ExecutionId;
  readonly value: unknown;
}

export function decodeValueFrame(
  payload: Buffer,
  isOwn = false,
  findFunction?: FindFunction,
): ValueFrame {
  if (payload.length < 4) throw new FrameError('VALUE is too short');
  try {
    const execution = payload.readUInt32LE(0) as ExecutionId;
    return { execution, value: decodeValue(payload.subarray(4), isOwn, findFunction) };
  } catch (cause) {
    if (!(cause instanceof ValueFormatError)) throw cause;
    throw new FrameError(cause.message, { cause });
  }
}

export interface CallFrame extends FunctionCall {
  readonly call: number;
}

const functionCall = z.tuple([z.int(), z.array(z.unknown()), z.record(z.string(), z.unknown())]);

export function decodeCall(payload: Buffer, isOwn = false, findFunction?: FindFunction): CallFrame {
  const { execution: call, value } = decodeValueFrame(payload, isOwn, findFunction);
  const [called, args, kwargs] = checked(functionCall, value);
  return { call, called: called as FunctionId, args, kwargs };
}

export const decodeReleased = (payload: Buffer) =>
  decodeJson(z.array(z.int()), payload) as readonly number[] as readonly FunctionId[];

export interface Push {
  readonly connection: ConnectionId;
  readonly message: Text | Buffer;
}

/** @param isOwn whether the payload stays valid. */
export function decodePush(payload: Buffer, isOwn = false): Push {
  if (payload.length < 5) throw new FrameError('PUSH is too short');
  const message = ownBytes(payload.subarray(5), isOwn);
  return {
    connection: payload.readUInt32LE(0) as ConnectionId,
    message: payload[4] === 0 ? LongText.of([message], utf8) : message,
  };
}

/** Returns a text for the log: no more of it than a person reads. */
export function decodeLog(payload: Buffer): string {
  if (payload.length <= LONGEST_LOG) return payload.toString();
  const start = payload.subarray(0, LONGEST_LOG);
  const kept = start.length - incompleteTail(start);
  return `${payload.toString('utf8', 0, kept)}\n[fujian: ${payload.length - kept} more bytes were not logged]`;
}

export function decodeInputRequest(payload: Buffer): InputQuestion {
  if (payload.length < 5) throw new FrameError('INPUT_REQUEST is too short');
  return {
    request: payload.readUInt32LE(0),
    isPassword: payload[4] !== 0,
    prompt: payload.toString('utf8', 5),
  };
}

export function decodeNumber(payload: Buffer): number {
  if (payload.length !== 4) throw new FrameError('a number does not have 4 bytes');
  return payload.readUInt32LE(0);
}

const utf8 = (bytes: Buffer): string => bytes.toString();

function ownBytes(bytes: Buffer, isOwn: boolean): Buffer {
  return isOwn ? bytes : Buffer.from(bytes);
}

function decodeJson<Schema extends z.ZodType>(schema: Schema, payload: Buffer): z.infer<Schema> {
  return checked(schema, parse(payload.toString()));
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new FrameError('a frame with invalid JSON', { cause });
  }
}

/** Parses JSON and limits its depth, because validation and encoding recurse. */
function parseShallow(json: string): unknown {
  const value = parse(json);
  if (isDeeperThan(MOST_LEVELS, value))
    throw new FrameError('a frame with JSON that is nested too deeply');
  return value;
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((one) => isDeeperThan(levels - 1, one));
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw new FrameError(z.prettifyError(result.error));
  return result.data;
}
