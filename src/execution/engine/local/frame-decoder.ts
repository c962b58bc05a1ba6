import { FRAME_HEADER_SIZE, FRAME_SIZE_LIMIT } from './frame-types.js';

/** The sender broke the protocol. */
export class FrameError extends Error {}

/**
 * Cuts a stream of bytes into frames, however it arrives.
 *
 * @param take is given each frame; a payload is only good until it returns.
 */
export class FrameDecoder {
  private held: Buffer[] = [];
  private heldSize = 0;
  /** Bytes that must be there before another look makes sense. */
  private needed = FRAME_HEADER_SIZE;

  constructor(private readonly take: (type: number, payload: Buffer) => void) {}

  /** @throws FrameError */
  feed(chunk: Buffer): void {
    this.heldSize += chunk.length;
    if (this.heldSize < this.needed) {
      this.held.push(chunk);
      return;
    }
    const data = this.held.length === 0 ? chunk : Buffer.concat([...this.held, chunk]);
    this.held = [];
    let start = 0;
    for (;;) {
      const available = data.length - start;
      this.needed = available < 4 ? FRAME_HEADER_SIZE : 4 + frameLength(data, start);
      if (available < this.needed) break;
      const end = start + this.needed;
      this.take(data[start + 4]!, data.subarray(start + FRAME_HEADER_SIZE, end));
      start = end;
    }
    this.heldSize = data.length - start;
    if (this.heldSize > 0) this.held.push(start === 0 ? data : data.subarray(start));
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
