import { z } from 'zod';
import { FrameError } from './frame-decoder.js';
import type { InputQuestion } from '../engine.js';
import type { ConnectionId, ExecutionId } from '../../ids.js';
import type { PushedMessage } from '../../execution.js';

/**
 * What the frames that Python sends hold. A session runs user code, so nothing it sends is trusted:
 * each function throws a FrameError for what does not fit.
 */

const hello = z.object({ token: z.string(), pid: z.int().positive() });

const supervising = z.object({ version: z.string(), executable: z.string(), pid: z.int() });

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

const cloned = z.union([
  z.object({ session: z.string(), error: z.string() }),
  z.object({ session: z.string(), pid: z.int().positive(), lostThreads: z.array(z.string()) }),
]);

const forkFailed = z.object({ session: z.string(), message: z.string() });

export type Supervising = z.infer<typeof supervising>;
export type Cloned = z.infer<typeof cloned>;
export type Exited = z.infer<typeof exited>;

export const decodeHello = (payload: Buffer) => decodeJson(hello, payload);
export const decodeSupervising = (payload: Buffer) => decodeJson(supervising, payload);
export const decodeCloned = (payload: Buffer) => decodeJson(cloned, payload);
export const decodeExited = (payload: Buffer) => decodeJson(exited, payload);
export const decodeForkFailed = (payload: Buffer) => decodeJson(forkFailed, payload);

export interface Done {
  readonly execution: ExecutionId;
  readonly barrier: number;
  readonly hasBegun: boolean;
  readonly returned: string;
  readonly error: { type: string; value: string; traceback: string } | undefined;
}

/** Checked by hand: this one is decoded for every execution. */
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

const errorSchema = z.object({ type: z.string(), value: z.string(), traceback: z.string() });

function executionError(value: unknown): z.infer<typeof errorSchema> {
  return checked(errorSchema, value);
}

export interface Push {
  readonly connection: ConnectionId;
  readonly message: PushedMessage;
}

export function decodePush(payload: Buffer): Push {
  if (payload.length < 5) throw new FrameError('PUSH is too short');
  const message = payload.subarray(5);
  return {
    connection: payload.readUInt32LE(0) as ConnectionId,
    message: payload[4] === 0 ? message.toString() : Buffer.from(message),
  };
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
  if (payload.length !== 4) throw new FrameError('a number has not 4 bytes');
  return payload.readUInt32LE(0);
}

function decodeJson<Schema extends z.ZodType>(schema: Schema, payload: Buffer): z.infer<Schema> {
  return checked(schema, parse(payload.toString()));
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new FrameError('a frame holds no valid JSON', { cause });
  }
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw new FrameError(z.prettifyError(result.error));
  return result.data;
}
