import { PYTHON_SIDE } from '../process/python-side.js';

const LINE_END = 0x0a;
/** Name of the frame at the bottom of the stack, in user_calls.py. */
const AT_THE_BOTTOM = '<frozen importlib._bootstrap of fujian>';
const OUR_FRAMES = [`  File "${PYTHON_SIDE}/`, `  File "${AT_THE_BOTTOM}"`].map((text) =>
  Buffer.from(text),
);
const OUR_LATER_FRAMES = OUR_FRAMES.map((frame) => Buffer.concat([Buffer.from('\n'), frame]));
/** What Python writes at once of a frame: fewer bytes are only spaces, unless the chunk is cut. */
const LEAST_WRITTEN = '  F'.length;
const NOTHING = Buffer.alloc(0);

/** Removes our own frames from the stacks that faulthandler prints, in output that comes in chunks. */
export class OurFrames {
  /** Where the next byte is: in which line. */
  private line: 'new' | 'theirs' | 'ours' = 'new';
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
    return held;
  }

  /** Returns whose line begins here; undefined if that is not known yet. */
  private ownerOf(rest: Buffer): 'theirs' | 'ours' | undefined {
    if (OUR_FRAMES.some((frame) => rest.subarray(0, frame.length).equals(frame))) return 'ours';
    return this.beginsFrame(rest) ? undefined : 'theirs';
  }

  /** Returns the place of the next line that is, or may become, ours. */
  private endOfTheirs(output: Buffer, at: number): number {
    const later = OUR_LATER_FRAMES.map((frame) => output.indexOf(frame, at));
    const next = Math.min(...later.filter((place) => place !== -1));
    if (next !== Infinity) return next + 1;
    const lastLine = output.lastIndexOf(LINE_END) + 1;
    const mayBeOurs = lastLine > at && this.beginsFrame(output.subarray(lastLine));
    return mayBeOurs ? lastLine : output.length;
  }

  private beginsFrame(bytes: Buffer): boolean {
    if (bytes.length < this.leastHeld) return false;
    return OUR_FRAMES.some((frame) => frame.subarray(0, bytes.length).equals(bytes));
  }
}

function endOfLine(output: Buffer, at: number): number {
  const end = output.indexOf(LINE_END, at);
  return end === -1 ? output.length : end + 1;
}
