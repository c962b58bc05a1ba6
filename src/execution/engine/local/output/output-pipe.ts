import { randomBytes } from 'node:crypto';
import { constants, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { ByteBlocks } from '../../../byte-blocks.js';
import { contain } from '../process/containment.js';
import { PIPE_CAPACITY } from '../channel/frame-types.js';
import { OurFrames } from './our-frames.js';

/** First byte of every marker. UTF-8 never contains it, so that text is scanned at full speed. */
const FIRST_BYTE = 0xff;
const NUMBER_SIZE = 4;

export type OutputPart =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'barrier'; readonly barrier: number };

/** Creates the random marker that precedes the number of each barrier in a session's pipes. */
export function newMarker(): Buffer {
  const marker = randomBytes(16);
  marker[0] = FIRST_BYTE;
  return marker;
}

/** Finds the barriers in the chunks of a pipe. */
export class MarkerScanner {
  /** Held back: the possible beginning of a marker. */
  private held: Buffer = Buffer.alloc(0);

  constructor(private readonly marker: Buffer) {}

  /** Yields parts of the chunk, which may be reused afterwards. */
  *scan(chunk: Buffer): Generator<OutputPart> {
    const data = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    const size = this.marker.length + NUMBER_SIZE;
    let start = 0;
    let found = data.indexOf(this.marker);
    while (found !== -1 && found + size <= data.length) {
      if (found > start) yield { kind: 'bytes', bytes: data.subarray(start, found) };
      yield { kind: 'barrier', barrier: data.readUInt32LE(found + this.marker.length) };
      start = found + size;
      found = data.indexOf(this.marker, start);
    }
    const end = found === -1 ? this.beginningOfMarker(data, start) : found;
    if (end > start) yield { kind: 'bytes', bytes: data.subarray(start, end) };
    this.held = Buffer.from(data.subarray(end));
  }

  /** Returns the bytes held back, when nothing can follow. */
  flush(): Buffer {
    const rest = this.held;
    this.held = Buffer.alloc(0);
    return rest;
  }

  private beginningOfMarker(data: Buffer, start: number): number {
    let at = data.indexOf(FIRST_BYTE, Math.max(start, data.length - this.marker.length + 1));
    while (at !== -1) {
      if (data.compare(this.marker, 0, data.length - at, at) === 0) return at;
      at = data.indexOf(FIRST_BYTE, at + 1);
    }
    return data.length;
  }
}

/** Bytes per read, few enough that a piece of streamed output is handled within a few milliseconds. */
const READ_SIZE = 64 * 1024;
/** Shared by all pipes, because each read is copied at once. */
const readBuffer = Buffer.allocUnsafeSlow(READ_SIZE);

/** Output of one execution in one pipe. */
export interface PipedOutput {
  readonly blocks: readonly Buffer[];
  /** Bytes beyond the limit, which were discarded. */
  readonly dropped: number;
}

const NO_OUTPUT: PipedOutput = { blocks: [], dropped: 0 };

interface ExecutionOutput {
  readonly kept: ByteBlocks;
  dropped: number;
  readonly frames: OurFrames;
  /** Whether the barrier after the execution was read. */
  hasEnded: boolean;
}

/** Reading end of the pipe behind one of a session's output streams. */
export class OutputPipe {
  private readonly fd: number;
  private readonly socket: Socket;
  private readonly scanner: MarkerScanner;
  /** Ended executions whose output was not taken yet, then the running one. */
  private readonly outputs: ExecutionOutput[] = [newOutput()];
  private isPaused = false;

  constructor(
    path: string,
    marker: Buffer,
    /** Limit in bytes per execution; 0 is the oldest whose output was not taken. */
    private readonly limitOf: (execution: number) => number,
    onRead: () => void,
    /** Ends the session: its output could not be handled. */
    end: (reason: string) => void,
  ) {
    this.fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.scanner = new MarkerScanner(marker);
    const options = {
      fd: this.fd,
      readable: true,
      writable: false,
      // With `onread` nothing is read ahead while the socket is paused: unread output stays in the
      // pipe, where the session sees it.
      onread: {
        buffer: readBuffer,
        callback: (size: number, { buffer, byteOffset }: Uint8Array) => {
          contain(() => {
            this.read(Buffer.from(buffer, byteOffset, size));
            onRead();
            if (size === READ_SIZE) this.letOthersRun();
          }, end);
          return true;
        },
      },
    };
    this.socket = new Socket(options);
    // An unreadable pipe ends like a closed one. The session's death follows and is reported.
    this.socket.on('error', () => this.socket.destroy());
  }

  /** Whether the oldest output that was not taken is complete. */
  get hasEnded(): boolean {
    return this.outputs[0]!.hasEnded;
  }

  /** Ends the running execution without a barrier: bytes held back as a possible marker are output. */
  endWithoutBarrier(): void {
    this.end(this.scanner.flush());
  }

  /** Takes the output of the oldest execution, or of the running one if none has ended. */
  take(): PipedOutput {
    const [oldest] = this.outputs;
    if (this.outputs.length === 1 && oldest!.kept.size === 0 && oldest!.dropped === 0) {
      return NO_OUTPUT; // the common case
    }
    const { kept, dropped } = this.outputs.shift()!;
    if (this.outputs.length === 0) this.outputs.push(newOutput());
    if (dropped === 0) return { blocks: kept.take(), dropped };
    const half = kept.takeIncompleteTail(); // the limit has cut a character
    return { blocks: kept.take(), dropped: dropped + half.length };
  }

  /** Takes the output so far of the oldest execution, which goes on. */
  takeSoFar(): readonly Buffer[] {
    return this.outputs[0]!.kept.take();
  }

  /**
   * Takes the output of no execution. An incomplete character stays: its rest may come when the next
   * execution has begun.
   */
  takeBetweenExecutions(): readonly Buffer[] {
    this.endWithoutBarrier();
    const { kept } = this.outputs[0]!;
    if (kept.size === 0) return [];
    const half = kept.takeIncompleteTail();
    const whole = kept.take();
    kept.add(half);
    return whole;
  }

  /** Stops reading (backpressure): writers wait when the pipe is full. */
  pause(): void {
    this.isPaused = true;
    this.socket.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.socket.resume();
  }

  /** Reads on in the next turn, because a full pipe would be read up to 32 times in this one. */
  private letOthersRun(): void {
    this.socket.pause();
    setImmediate(() => {
      if (!this.isPaused) this.socket.resume();
    });
  }

  /** Reads the rest synchronously after the process has ended, and closes the pipe. */
  drainAndClose(): void {
    // Reads at most what fits into the pipe, because subprocesses may live on and keep writing.
    for (let left = PIPE_CAPACITY; left > 0 && !this.socket.destroyed;) {
      const buffer = Buffer.allocUnsafe(READ_SIZE);
      const size = readAvailable(this.fd, buffer);
      if (size === 0) break;
      this.read(buffer.subarray(0, size));
      left -= size;
    }
    this.endWithoutBarrier();
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    const isCut = chunk.length === READ_SIZE;
    for (const part of this.scanner.scan(chunk)) {
      if (part.kind === 'bytes') {
        this.keep(part.bytes, isCut);
      } else {
        this.end(NOTHING);
        this.outputs.at(-1)!.hasEnded = true;
        this.outputs.push(newOutput());
      }
    }
  }

  /** Keeps the last bytes of an execution. */
  private end(bytes: Buffer): void {
    if (bytes.length > 0) this.keep(bytes, false);
    const rest = this.outputs.at(-1)!.frames.end();
    if (rest.length > 0) this.keepTheirs(rest);
  }

  private keep(bytes: Buffer, isCut: boolean): void {
    for (const theirs of this.outputs.at(-1)!.frames.remove(bytes, isCut)) this.keepTheirs(theirs);
  }

  private keepTheirs(bytes: Buffer): void {
    const output = this.outputs.at(-1)!;
    const limit = this.limitOf(this.outputs.length - 1);
    const room = Math.max(0, limit - output.kept.size);
    output.kept.add(bytes.subarray(0, room));
    output.dropped += Math.max(0, bytes.length - room);
  }
}

const NOTHING = Buffer.alloc(0);

function newOutput(): ExecutionOutput {
  return { kept: new ByteBlocks(), dropped: 0, frames: new OurFrames(), hasEnded: false };
}

/** Returns the number of bytes read: 0 if the pipe is empty or has no writers. */
function readAvailable(fd: number, buffer: Buffer): number {
  try {
    return readSync(fd, buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
