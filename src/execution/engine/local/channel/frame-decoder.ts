import { FRAME_HEADER_SIZE, FRAME_SIZE_LIMIT, LARGE_FRAME } from './frame-types.js';

/** Bytes per read, few enough that many reads in a row do not block the event loop. */
const READ_SIZE = 64 * 1024;
/** Shared by all decoders, because each read is decoded before the next. */
const readBuffer = Buffer.allocUnsafeSlow(READ_SIZE);

/** Thrown if the sender breaks the protocol. */
export class FrameError extends Error {}

/** Partially received frame. */
interface Begun {
  readonly type: number;
  readonly payload: Buffer;
  filled: number;
}

/**
 * Decodes a stream of bytes, split at any places, into frames.
 *
 * @param take receives each frame. A payload is valid until it returns, unless `isOwn`: then the
 *   payload has memory of its own, in which it ends at a multiple of 8 bytes.
 */
export class FrameDecoder {
  private head: Buffer = Buffer.alloc(0);
  private begun: Begun | undefined;

  constructor(private readonly take: (type: number, payload: Buffer, isOwn: boolean) => void) {}

  /** Returns the buffer for the next read: part of the payload itself for a large frame. */
  writableBuffer(): Buffer {
    if (!this.begun) return readBuffer;
    const { payload, filled } = this.begun;
    // A small rest is read together with the frames after it.
    const isMuch = payload.length - filled >= READ_SIZE;
    return isMuch ? payload.subarray(filled, filled + READ_SIZE) : readBuffer;
  }

  /**
   * Decodes a chunk, which may be reused afterwards.
   *
   * @throws FrameError if the sender breaks the protocol.
   */
  feed(chunk: Buffer): void {
    let data = chunk;
    if (this.begun) {
      data = data.subarray(this.fill(this.begun, data));
      if (data.length === 0) return;
    } else if (this.head.length > 0) {
      data = Buffer.concat([this.head, data]);
    }
    let start = 0;
    for (;;) {
      const available = data.length - start;
      if (available < FRAME_HEADER_SIZE) {
        if (available >= 4) frameLength(data, start);
        break;
      }
      const end = start + 4 + frameLength(data, start);
      if (data.length < end) break;
      this.take(data[start + 4]!, data.subarray(start + FRAME_HEADER_SIZE, end), false);
      start = end;
    }
    this.keep(data.subarray(start));
  }

  /** Keeps the beginning of the next frame. */
  private keep(rest: Buffer): void {
    if (rest.length < FRAME_HEADER_SIZE) {
      this.head = Buffer.from(rest);
      return;
    }
    this.head = rest.subarray(0, 0);
    const size = 4 + frameLength(rest, 0) - FRAME_HEADER_SIZE;
    this.begun = { type: rest[4]!, payload: memoryFor(size), filled: 0 };
    this.fill(this.begun, rest.subarray(FRAME_HEADER_SIZE));
  }

  /** Returns the number of bytes of the chunk that belonged to the frame. */
  private fill(begun: Begun, chunk: Buffer): number {
    const { type, payload, filled } = begun;
    const count = Math.min(chunk.length, payload.length - filled);
    if (chunk.buffer !== payload.buffer) chunk.copy(payload, filled, 0, count);
    begun.filled += count;
    if (begun.filled === payload.length) {
      this.begun = undefined;
      this.take(type, payload, payload.length >= LARGE_FRAME);
    }
    return count;
  }
}

function frameLength(data: Buffer, start: number): number {
  const length = data.readUInt32LE(start);
  if (length < 1) throw new FrameError('a frame without a type');
  if (length > FRAME_SIZE_LIMIT) {
    throw new FrameError(`a frame of ${length} bytes; the maximum is ${FRAME_SIZE_LIMIT}`);
  }
  return length;
}

/**
 * Allocates without filling: the operating system provides pages on the first write, so a frame that
 * is announced but never sent costs no memory.
 *
 * @throws FrameError if there is not enough memory.
 */
function memoryFor(size: number): Buffer {
  const lead = (8 - (size % 8)) % 8;
  try {
    return Buffer.allocUnsafeSlow(lead + size).subarray(lead);
  } catch (cause) {
    throw new FrameError(`not enough memory for a frame of ${size} bytes`, { cause });
  }
}
