import { PYTHON_SIDE } from '../process/python-side.js';

const LINE_END = 0x0a;
const OUR_FRAME = Buffer.from(`  File "${PYTHON_SIDE}/`);
const OUR_LATER_FRAME = Buffer.from(`\n  File "${PYTHON_SIDE}/`);
/** The bootstrap's frame, which calls our first frame. */
const BOOTSTRAP = /^ {2}File "<string>", line \d+ in <module>$/;
const LONGEST_BOOTSTRAP = 64;
/** What Python writes at once of a frame: fewer bytes are only spaces, unless the chunk is cut. */
const LEAST_WRITTEN = '  F'.length;
const NOTHING = Buffer.alloc(0);

/** Removes our own frames from the stacks that faulthandler prints, in output that comes in chunks. */
export class OurFrames {
  /** Where the next byte is: in which line. */
  private line: 'new' | 'theirs' | 'ours' = 'new';
  private isAfterOurs = false;
  /** Held back: the beginning of a line that may be ours. */
  private held: Buffer = NOTHING;
  private leastHeld = LEAST_WRITTEN;

  /**
   * Returns the output without our frames.
   *
   * @param isCut whether the chunk may end within a single write.
   */
  remove(chunk: Buffer, isCut: boolean): readonly Buffer[] {
    this.leastHeld = isCut ? 1 : LEAST_WRITTEN;
    const output = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    this.held = NOTHING;
    const theirs: Buffer[] = [];
    let at = 0;
    while (at < output.length) {
      if (this.line === 'new') {
        const owner = this.ownerOf(output.subarray(at));
        if (owner === undefined) {
          this.held = Buffer.from(output.subarray(at));
          break;
        }
        this.line = owner;
      }
      const end = this.line === 'ours' ? endOfLine(output, at) : this.endOfTheirs(output, at);
      if (this.line === 'theirs') theirs.push(output.subarray(at, end));
      if (output[end - 1] === LINE_END) this.line = 'new';
      at = end;
    }
    return theirs;
  }

  /** Returns the output held back, when nothing can follow. */
  end(): Buffer {
    const { held } = this;
    this.held = NOTHING;
    this.line = 'new';
    this.isAfterOurs = false;
    return held;
  }

  /** Returns whose line begins here; undefined if that is not known yet. */
  private ownerOf(rest: Buffer): 'theirs' | 'ours' | undefined {
    if (rest.subarray(0, OUR_FRAME.length).equals(OUR_FRAME)) {
      this.isAfterOurs = true;
      return 'ours';
    }
    const start = rest.subarray(0, LONGEST_BOOTSTRAP);
    const end = start.indexOf(LINE_END);
    const isUnfinished = end === -1 && rest.length < LONGEST_BOOTSTRAP;
    if (isUnfinished && (this.isAfterOurs || this.beginsFrame(rest))) return undefined;
    const isBootstrap = this.isAfterOurs && BOOTSTRAP.test(start.toString('latin1', 0, end));
    this.isAfterOurs = false;
    return isBootstrap ? 'ours' : 'theirs';
  }

  /** Returns the place of the next line that is, or may become, ours. */
  private endOfTheirs(output: Buffer, at: number): number {
    const next = output.indexOf(OUR_LATER_FRAME, at);
    if (next !== -1) return next + 1;
    const lastLine = output.lastIndexOf(LINE_END) + 1;
    const mayBeOurs = lastLine > at && this.beginsFrame(output.subarray(lastLine));
    return mayBeOurs ? lastLine : output.length;
  }

  private beginsFrame(bytes: Buffer): boolean {
    return bytes.length >= this.leastHeld && OUR_FRAME.subarray(0, bytes.length).equals(bytes);
  }
}

function endOfLine(output: Buffer, at: number): number {
  const end = output.indexOf(LINE_END, at);
  return end === -1 ? output.length : end + 1;
}
