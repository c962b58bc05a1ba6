import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameError } from './frame-decoder.js';
import {
  decodeDone,
  decodeExited,
  decodeStartFailed,
  decodeHello,
  decodeInputRequest,
  decodeNumber,
  decodePush,
  decodeShown,
  decodeStarted,
  decodeSupervising,
} from './messages.js';

const DECODERS = {
  decodeDone,
  decodeExited,
  decodeStartFailed,
  decodeHello,
  decodeInputRequest,
  decodeNumber,
  decodePush,
  decodeShown,
  decodeSupervising,
};

const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

function done(value: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(7, 0);
  head.writeUInt32LE(9, 4);
  return Buffer.concat([head, Buffer.from(value)]);
}

// test/python/wire-format.spec.ts tests them with frames of Python.
describe.each(Object.entries(DECODERS))('%s', (_, decode) => {
  const decodesOrRefuses = (payload: Buffer) => {
    try {
      decode(payload);
    } catch (error) {
      expect(error).toBeInstanceOf(FrameError);
    }
  };

  it('decodes or rejects any bytes', () => {
    fc.assert(fc.property(bytes, decodesOrRefuses));
  });

  it('decodes or rejects any JSON', () => {
    fc.assert(
      fc.property(fc.json(), bytes, (text, head) => {
        decodesOrRefuses(Buffer.from(text));
        decodesOrRefuses(Buffer.concat([head.subarray(0, 8), Buffer.from(text)]));
      }),
    );
  });
});

describe('decodeDone', () => {
  it.each([
    ['too short', Buffer.from([1, 2, 3])],
    ['without JSON', done('')],
    ['with half of its JSON', done('{"return":"')],
    ['with null', done('null')],
    ['with an array', done('[]')],
    ['without a return', done('{}')],
    ['with a return that is no text', done('{"return":1}')],
    ['with an error that is no object', done('{"return":"","error":"text"}')],
    ['with an error without a traceback', done('{"return":"","error":{"type":"E","value":""}}')],
    [
      'with an error of other types',
      done('{"return":"","error":{"type":1,"value":2,"traceback":3}}'),
    ],
  ])('refuses a payload %s', (_, payload) => {
    expect(() => decodeDone(payload)).toThrow(FrameError);
  });

  it('ignores unknown members', () => {
    expect(decodeDone(done('{"return":"r","more":[1]}'))).toEqual({
      execution: 7,
      barrier: 9,
      hasBegun: true,
      returned: 'r',
      error: undefined,
    });
  });
});

describe('decodePush', () => {
  it('keeps no reference to the memory of the frame', () => {
    const payload = Buffer.from([1, 0, 0, 0, 1, 0x61]);
    const { message } = decodePush(payload);
    payload.fill(0);
    expect(message).toEqual(Buffer.from('a'));
  });

  it('rejects a payload that is too short', () => {
    expect(() => decodePush(Buffer.alloc(4))).toThrow(FrameError);
  });
});

describe('decodeHello', () => {
  it.each([
    ['no token', {}],
    ['a token that is no text', { token: 5 }],
  ])('refuses %s', (_, value) => {
    expect(() => decodeHello(json(value))).toThrow(FrameError);
  });
});

describe('decodeStarted', () => {
  it.each([
    ['no process', {}],
    ['a process group instead of a process', { pid: -5 }],
    ['process 0', { pid: 0 }],
    ['process 1', { pid: 1 }],
    ['half a process', { pid: 2.5 }],
  ])('refuses %s: it decides which process gets signals', (_, value) => {
    expect(() => decodeStarted(json({ session: 'main.1', ...value }))).toThrow(FrameError);
  });
});

describe('decodeInputRequest', () => {
  it('decodes any text, invalid UTF-8 included', () => {
    const payload = Buffer.from([7, 0, 0, 0, 1, 0x3e, 0xff]);
    const [request, prompt] = [7, '>\ufffd'];
    expect(decodeInputRequest(payload)).toEqual({ request, isPassword: true, prompt });
  });

  it('rejects a payload that is too short', () => {
    expect(() => decodeInputRequest(Buffer.alloc(4))).toThrow(FrameError);
  });
});

describe('decodeNumber', () => {
  it.each([0, 3, 5])('rejects %d bytes', (size) => {
    expect(() => decodeNumber(Buffer.alloc(size))).toThrow(FrameError);
  });

  it('decodes the largest number', () => {
    expect(decodeNumber(Buffer.alloc(4, 0xff))).toBe(0xffff_ffff);
  });
});

describe('decodeShown', () => {
  const shown = (metadata: string) => {
    const head = Buffer.from(`{"type":"display","metadata":{"a":${metadata}},"parts":[]}`);
    const numbers = Buffer.alloc(12);
    numbers.writeUInt32LE(head.length, 8);
    return Buffer.concat([numbers, head]);
  };
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

  it('accepts JSON as deep as Python sends it', () => {
    expect(decodeShown(shown(nested(500))).shown.type).toBe('display');
  });

  it('rejects JSON that is too deep for recursion', () => {
    for (const levels of [501, 200_000]) {
      expect(() => decodeShown(shown(nested(levels)))).toThrow(FrameError);
    }
  });
});
