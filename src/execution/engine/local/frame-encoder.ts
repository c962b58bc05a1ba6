import type { Submission } from '../engine.js';
import { FRAME_HEADER_SIZE, FrameType } from './frame-types.js';

function frameOf(type: number, payloadSize: number): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_SIZE + payloadSize);
  frame.writeUInt32LE(payloadSize + 1, 0);
  frame.writeUInt8(type, 4);
  return frame;
}

/** @param ahead whether the interpreter was not known to be idle. */
export function encodeExecute(
  { id, connection, filename, code }: Submission,
  ahead: boolean,
): Buffer {
  const name = filename ?? `<fujian-${id}>`;
  const nameSize = Buffer.byteLength(name);
  const frame = frameOf(FrameType.EXECUTE, 13 + nameSize + Buffer.byteLength(code));
  frame.writeUInt32LE(id, 5);
  frame.writeUInt32LE(connection ?? 0, 9);
  frame.writeUInt8(ahead ? 1 : 0, 13);
  frame.writeUInt32LE(nameSize, 14);
  frame.write(name, 18);
  frame.write(code, 18 + nameSize);
  return frame;
}

export function encodeNumber(type: number, number: number): Buffer {
  const frame = frameOf(type, 4);
  frame.writeUInt32LE(number, FRAME_HEADER_SIZE);
  return frame;
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
