import type { EncodedValue } from '../../values/encode-value.js';
import type { InputReply, Submission } from '../engine.js';
import { FRAME_HEADER_SIZE, FrameType } from './frame-types.js';

function frameOf(type: number, payloadSize: number): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_SIZE + payloadSize);
  frame.writeUInt32LE(payloadSize + 1, 0);
  frame.writeUInt8(type, 4);
  return frame;
}

const ExecuteFlag = {
  AHEAD: 1,
  PRIVATE: 2,
  ANSWERED: 4,
  INTERACTIVE: 8,
  STREAMED: 16,
  ENVIRONMENT: 32,
  OPERATION: 64,
} as const;
const NOTHING = Buffer.alloc(0);
const ReplyKind = { LINE: 0, END: 1, FAILED: 2 } as const;

/** @param ahead whether the interpreter was not known to be idle. */
export function encodeExecute(submission: Submission, ahead: boolean): Buffer {
  const { id, connection, filename, code } = submission;
  const operation = submission.operation && encodedValue(submission.operation);
  const name = filename ?? `<fujian-${id}>`;
  const nameSize = Buffer.byteLength(name);
  const environment = encodedEnvironment(submission.env);
  const size = operation?.length ?? Buffer.byteLength(code);
  const frame = frameOf(FrameType.EXECUTE, 13 + nameSize + environment.length + size);
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
  frame.write(name, 18);
  environment.copy(frame, 18 + nameSize);
  const start = 18 + nameSize + environment.length;
  if (operation) operation.copy(frame, start);
  else frame.write(code, start);
  return frame;
}

function encodedValue({ head, buffers }: EncodedValue): Buffer {
  return Buffer.concat([afterItsLength(head), ...buffers]);
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
  frame.write(text, 10);
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
