import { constants, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { MarkerScanner } from './output-marker.js';

const READ_SIZE = 256 * 1024;
/** Bytes that a pipe holds: `_PIPE_SIZE` in output.py. */
const CAPACITY = 1024 * 1024;
/** Of all pipes: what has been read is copied at once. */
const readBuffer = Buffer.allocUnsafeSlow(READ_SIZE);

const NOTHING = Buffer.alloc(0);

/** What one run wrote to one pipe. */
export interface PipedOutput {
  readonly bytes: Buffer;
  /** Bytes beyond the limit, which were read and let go. */
  readonly dropped: number;
}

const NO_OUTPUT: PipedOutput = { bytes: NOTHING, dropped: 0 };

interface Run {
  chunks: Buffer[];
  kept: number;
  dropped: number;
  /** Whether the barrier that ends the run has come. */
  hasEnded: boolean;
}

/** The reading end of the pipe behind one of a session's output streams. */
export class OutputPipe {
  private readonly fd: number;
  private readonly socket: Socket;
  private readonly scanner: MarkerScanner;
  /** Runs that ended and were not taken yet, then the one under way. */
  private readonly runs: Run[] = [newRun()];

  constructor(
    path: string,
    marker: Buffer,
    /** Bytes that are kept of a run: 0 is the oldest that was not taken. */
    private readonly limitOf: (run: number) => number,
    onRead: () => void,
  ) {
    this.fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.scanner = new MarkerScanner(marker);
    const options = {
      fd: this.fd,
      readable: true,
      writable: false,
      // With a buffer of ours nothing is read ahead while the socket is paused: what is not read is in
      // the pipe, where the session sees it.
      onread: {
        buffer: readBuffer,
        callback: (size: number, buffer: Uint8Array) => {
          this.read(Buffer.from(buffer.subarray(0, size)));
          onRead();
          return true;
        },
      },
    };
    this.socket = new Socket(options);
    // A pipe that cannot be read ends like one that was closed; the death that follows is reported.
    this.socket.on('error', () => this.socket.destroy());
  }

  /** Whether the oldest run that was not taken is there as a whole. */
  get hasEnded(): boolean {
    return this.runs[0]!.hasEnded;
  }

  /** No barrier comes at the end of the run under way: what looks like the beginning of one is output. */
  endWithoutBarrier(): void {
    this.keep(this.scanner.flush());
  }

  /** The output of the oldest run: of the one under way if none has ended. */
  take(): PipedOutput {
    if (this.runs.length === 1 && this.runs[0]!.kept === 0 && this.runs[0]!.dropped === 0) {
      return NO_OUTPUT; // as of most runs
    }
    const run = this.runs.shift()!;
    if (this.runs.length === 0) this.runs.push(newRun());
    return { bytes: joined(run), dropped: run.dropped };
  }

  /** What has come so far of the oldest run, which goes on. */
  takeSoFar(): Buffer {
    const run = this.runs[0]!;
    const bytes = joined(run);
    run.chunks = [];
    run.kept = 0;
    return bytes;
  }

  /** Leaves what comes in the pipe. When that is full, whoever writes waits. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** When the process has ended: reads what it left in the pipe, at once, and closes it. */
  drainAndClose(): void {
    // No more than fits: what it started may live on, and write as fast as this reads.
    for (let left = CAPACITY; left > 0 && !this.socket.destroyed;) {
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
    for (const part of this.scanner.scan(chunk)) {
      if (part.kind === 'bytes') {
        this.keep(part.bytes);
      } else {
        this.runs.at(-1)!.hasEnded = true;
        this.runs.push(newRun());
      }
    }
  }

  private keep(bytes: Buffer): void {
    const run = this.runs.at(-1)!;
    const limit = this.limitOf(this.runs.length - 1);
    const kept = Math.min(bytes.length, Math.max(0, limit - run.kept));
    if (kept > 0) run.chunks.push(bytes.subarray(0, kept));
    run.kept += kept;
    run.dropped += bytes.length - kept;
  }
}

function newRun(): Run {
  return { chunks: [], kept: 0, dropped: 0, hasEnded: false };
}

function joined({ chunks, kept }: Run): Buffer {
  if (chunks.length === 0) return NOTHING;
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, kept);
}

/** 0: nothing is there now, or nobody is left to write. */
function readAvailable(fd: number, buffer: Buffer): number {
  try {
    return readSync(fd, buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
