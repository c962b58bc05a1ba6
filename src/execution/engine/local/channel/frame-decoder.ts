import { FRAME_HEADER_SIZE, FRAME_SIZE_LIMIT } from './frame-types.js';

/** What is read at once: little enough that many reads in a row do not hold up the event loop. */
const READ_SIZE = 64 * 1024;
/** Bytes of a frame from which its payload is left in memory of its own for good. */
const LARGE = 1024 * 1024;
/** Of all decoders: what is read is taken before anything else is. */
const readBuffer = Buffer.allocUnsafeSlow(READ_SIZE);

/** The sender broke the protocol. */
export class FrameError extends Error {}

/** A frame of which the head is here. */
interface Begun {
  readonly type: number;
  readonly payload: Buffer;
  filled: number;
}

/**
 * Cuts a stream of bytes into frames, however it arrives.
 *
 * @param take is given each frame; a payload is only good until it returns, unless it `isOwn`: then it
 *   is in memory that nothing else is in, and its end is at a multiple of 8 bytes there.
 */
export class FrameDecoder {
  private head: Buffer = Buffer.alloc(0);
  private begun: Begun | undefined;

  constructor(private readonly take: (type: number, payload: Buffer, isOwn: boolean) => void) {}

  /** Where what comes next may be put before it is fed: what is of a large frame, right where it belongs. */
  writableBuffer(): Buffer {
    if (!this.begun) return readBuffer;
    const { payload, filled } = this.begun;
    // What is less is better read with what follows it.
    const isMuch = payload.length - filled >= READ_SIZE;
    return isMuch ? payload.subarray(filled, filled + READ_SIZE) : readBuffer;
  }

  /**
   * @param chunk is not kept.
   * @throws FrameError
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

  /** What has come of the next frame. */
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

  /** Answers how much of the chunk belonged to the frame. */
  private fill(begun: Begun, chunk: Buffer): number {
    const { type, payload, filled } = begun;
    const count = Math.min(chunk.length, payload.length - filled);
    if (chunk.buffer !== payload.buffer) chunk.copy(payload, filled, 0, count);
    begun.filled += count;
    if (begun.filled === payload.length) {
      this.begun = undefined;
      this.take(type, payload, payload.length >= LARGE);
    }
    return count;
  }
}

function frameLength(data: Buffer, start: number): number {
  const length = data.readUInt32LE(start);
  if (length < 1) throw new FrameError('a frame without a type');
  if (length > FRAME_SIZE_LIMIT) {
    throw new FrameError(`a frame of ${length} bytes; the most is ${FRAME_SIZE_LIMIT}`);
  }
  return length;
}

/**
 * Not filled with anything: the operating system gives pages only where something is written, so a
 * frame that is announced and does not come costs nothing.
 */
function memoryFor(size: number): Buffer {
  const lead = (8 - (size % 8)) % 8;
  try {
    return Buffer.allocUnsafeSlow(lead + size).subarray(lead);
  } catch (cause) {
    throw new FrameError(`a frame of ${size} bytes, which there is no memory for`, { cause });
  }
}
