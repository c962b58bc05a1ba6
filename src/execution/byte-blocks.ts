import { incompleteTail } from './output-text.js';

/** Bytes of a block to which small chunks are added. */
const BLOCK_SIZE = 64 * 1024;

/**
 * Collects bytes that come in chunks. A million small chunks would each need an object of its own;
 * here they share blocks of memory.
 */
export class ByteBlocks {
  private blocks: Buffer[] = [];
  private total = 0;
  /** Unused memory behind the last block. */
  private room: Buffer = Buffer.alloc(0);

  get size(): number {
    return this.total;
  }

  /** Adds a copy of the bytes. */
  add(bytes: Buffer): void {
    const fitting = bytes.copy(this.room);
    if (fitting > 0) {
      const last = this.blocks.pop()!;
      this.blocks.push(Buffer.from(last.buffer, last.byteOffset, last.length + fitting));
      this.room = this.room.subarray(fitting);
    }
    if (fitting < bytes.length) this.begin(bytes.subarray(fitting));
    this.total += bytes.length;
  }

  /** Drops the oldest bytes beyond a limit. Returns how many. */
  keepLast(limit: number): number {
    const dropped = Math.max(0, this.total - limit);
    let excess = dropped;
    let gone = 0;
    while (excess > 0 && this.blocks[gone]!.length <= excess) excess -= this.blocks[gone++]!.length;
    this.blocks.splice(0, gone);
    if (excess > 0) this.blocks[0] = this.blocks[0]!.subarray(excess);
    this.forget(dropped);
    return dropped;
  }

  /** Takes the bytes at the end that begin an incomplete character. */
  takeIncompleteTail(): Buffer {
    const ends = this.blocks.slice(-3).map((block) => block.subarray(-3));
    const end = Buffer.concat(ends).subarray(-3);
    const tail = end.subarray(end.length - incompleteTail(end));
    let left = tail.length;
    while (left > 0) {
      const last = this.blocks.pop()!;
      if (last.length > left) this.blocks.push(last.subarray(0, last.length - left));
      left -= Math.min(left, last.length);
    }
    if (tail.length > 0) this.room = this.room.subarray(0, 0);
    this.forget(tail.length);
    return tail;
  }

  /** Takes all bytes. */
  take(): readonly Buffer[] {
    const { blocks } = this;
    this.blocks = [];
    this.forget(this.total);
    return blocks;
  }

  private begin(bytes: Buffer): void {
    const size = Math.max(bytes.length, Math.min(this.total, BLOCK_SIZE));
    const memory = Buffer.allocUnsafe(size);
    bytes.copy(memory);
    this.blocks.push(memory.subarray(0, bytes.length));
    this.room = memory.subarray(bytes.length);
  }

  private forget(size: number): void {
    this.total -= size;
    if (this.total === 0) this.room = this.room.subarray(0, 0);
  }
}
