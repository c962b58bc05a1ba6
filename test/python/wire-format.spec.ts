import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { InputReply, Submission } from '../../src/execution/engine/engine.js';
import type { CallReply } from '../../src/execution/engine/local/channel/callable-functions.js';
import { FrameDecoder } from '../../src/execution/engine/local/channel/frame-decoder.js';
import {
  encodeCallReply,
  encodeEmpty,
  encodeExecute,
  encodeInputReply,
  encodeJson,
  encodeNumber,
} from '../../src/execution/engine/local/channel/frame-encoder.js';
import { FrameType } from '../../src/execution/engine/local/channel/frame-types.js';
import {
  decodeBegun,
  decodeCall,
  decodeForked,
  decodeForking,
  decodeDone,
  decodeExited,
  decodeStarted,
  decodeStartFailed,
  decodeHello,
  decodeInputRequest,
  decodeNumber,
  decodePush,
  decodeReleased,
  decodeReturned,
  decodeShown,
  type ShownFrame,
  decodeSupervising,
  decodeValueFrame,
} from '../../src/execution/engine/local/channel/messages.js';
import { textWithSurrogates } from '../../src/execution/output-text.js';
import { encodeOperation, type Operation } from '../../src/execution/calls/operation.js';
import { encodeMembers } from '../../src/execution/values/encode-value.js';

interface Vector {
  readonly frame: keyof typeof FrameType;
  // The fields depend on the frame.
  readonly fields: Readonly<Record<string, unknown>>;
  readonly hex: string;
}

/** Examples that test_frames.py reads too: frames that one side writes, the other reads. */
const { frames } = JSON.parse(readFileSync(new URL('frames.json', import.meta.url), 'utf8')) as {
  frames: readonly Vector[];
};

const encoders: Partial<Record<Vector['frame'], (fields: Vector['fields']) => Buffer>> = {
  EXECUTE: ({ execution, connection, ahead, private: own, answered, filename, source, ...rest }) =>
    Buffer.concat(
      encodeExecute(
        {
          id: execution,
          connection,
          ownsConnection: own,
          answersInput: answered,
          isInteractive: rest['interactive'],
          streams: rest['streamed'],
          env: rest['environment'],
          filename,
          code: source,
          ...(rest['operation'] !== undefined && {
            operation: encodeOperation(rest['operation'] as Operation),
          }),
        } as Submission,
        ahead as boolean,
      ),
    ),
  INTERRUPT: ({ number }) => encodeNumber(FrameType.INTERRUPT, number as number),
  CONNECTION_OPENED: ({ number }) => encodeNumber(FrameType.CONNECTION_OPENED, number as number),
  CONNECTION_CLOSED: ({ number }) => encodeNumber(FrameType.CONNECTION_CLOSED, number as number),
  PIPES_OPENED: () => encodeEmpty(FrameType.PIPES_OPENED),
  INPUT_REPLY: ({ request, line, failure }) =>
    encodeInputReply(request as number, inputReply(line, failure)),
  CALL_REPLY: ({ call, ...reply }) =>
    Buffer.concat(encodeCallReply(call as number, callReply(reply))),
  RELEASE: ({ objects }) => encodeJson(FrameType.RELEASE, objects as object),
  END: () => encodeEmpty(FrameType.END),
  FORK: (fields) => encodeJson(FrameType.FORK, fields),
  START: (fields) => encodeJson(FrameType.START, fields),
  PREPARE_FORK: (fields) => encodeJson(FrameType.PREPARE_FORK, fields),
  HEARTBEAT: () => encodeEmpty(FrameType.HEARTBEAT),
};

const decoders: Partial<Record<Vector['frame'], (payload: Buffer) => object>> = {
  HELLO: decodeHello,
  DONE: (payload) => {
    const { returned, error, hasBegun, ...rest } = decodeDone(payload);
    return {
      ...rest,
      return: returned,
      ...(!hasBegun && { begun: false }),
      ...(error && { error }),
    };
  },
  RETURNED: (payload) => {
    const { execution, part } = decodeReturned(payload);
    return { execution, text: textWithSurrogates(part) };
  },
  PUSH: (payload) => {
    const { connection, message } = decodePush(payload);
    const hex = Buffer.from(message as string).toString('hex');
    return { connection, binary: typeof message !== 'string', message: hex };
  },
  BEGUN: decodeBegun,
  SHOWN: (payload) => shownFields(decodeShown(payload)),
  VALUE: (payload) => {
    const { execution, value } = decodeValueFrame(payload);
    return { execution, value: (value as unknown[]).map(asWritten) };
  },
  CALL: (payload) => {
    const { args, ...rest } = decodeCall(payload);
    return { ...rest, args: args.map(asWritten) };
  },
  RELEASED: (payload) => ({ functions: decodeReleased(payload) }),
  LOG: (payload) => ({ text: payload.toString() }),
  INPUT_REQUEST: decodeInputRequest,
  INTERRUPTED: (payload) => ({ number: decodeNumber(payload) }),
  FORKING: decodeForking,
  FORKED: decodeForked,
  SUPERVISING: decodeSupervising,
  EXITED: decodeExited,
  START_FAILED: decodeStartFailed,
  STARTED: decodeStarted,
  ALIVE: () => ({}),
};

function asWritten(value: unknown): unknown {
  return value instanceof Uint8Array ? { hex: Buffer.from(value).toString('hex') } : value;
}

function callReply({ returned, thrown }: Vector['fields']): CallReply {
  if (returned !== undefined)
    return { kind: 'returned', value: encodeMembers({ result: returned }) };
  return { kind: 'thrown', ...(thrown as { message: string; stack: string }) };
}

/** Converts a SHOWN to the form of the examples. */
function shownFields({ execution, barrier, shown }: ShownFrame): object {
  const { data = {}, ...members } = { data: undefined, ...shown };
  const parts = Object.entries(data).map(([mimeType, form]) => {
    if (Buffer.isBuffer(form)) return [mimeType, 'bytes', form.toString('hex')];
    const isText = typeof form === 'string';
    const text = isText ? form : PYTHON_JSON.get(JSON.stringify(form))!;
    return [mimeType, isText ? 'text' : 'json', Buffer.from(text).toString('hex')];
  });
  return { execution, barrier, members, parts };
}

/** Python's JSON, which has spaces, by Node's. */
const PYTHON_JSON = new Map([['{"a":[1,null]}', '{"a": [1, null]}']]);

function inputReply(line: unknown, failure: unknown): InputReply {
  if (typeof line === 'string') return { kind: 'line', line };
  return typeof failure === 'string' ? { kind: 'failed', reason: failure } : { kind: 'end' };
}

const vectorsFor = (side: object) => frames.filter(({ frame }) => frame in side);

describe('the wire format, as Node speaks it', () => {
  it('has constants that are up to date with wire.json', () => {
    const script = fileURLToPath(new URL('../../scripts/wire.mjs', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('has an example of every type', () => {
    expect(new Set(frames.map(({ frame }) => frame))).toEqual(new Set(Object.keys(FrameType)));
    expect([...Object.keys(encoders), ...Object.keys(decoders)].sort()).toEqual(
      Object.keys(FrameType).sort(),
    );
  });

  it.each(vectorsFor(encoders))('writes $frame $fields', ({ frame, fields, hex }) => {
    expect(encoders[frame]!(fields).toString('hex')).toBe(hex);
  });

  it.each(vectorsFor(decoders))('reads $frame $fields', ({ frame, fields, hex }) => {
    const read: [number, object][] = [];
    const decoder = new FrameDecoder((type, payload) => {
      read.push([type, decoders[frame]!(payload)]);
    });
    decoder.feed(Buffer.from(hex, 'hex'));
    expect(read).toEqual([[FrameType[frame], fields]]);
  });

  it('names code after its execution by default', () => {
    const execution = {
      id: 7,
      code: '',
      filename: undefined,
      connection: undefined,
      env: {},
    } as unknown as Submission;
    expect(Buffer.concat(encodeExecute(execution, false)).toString()).toContain('<fujian-7>');
  });
});
