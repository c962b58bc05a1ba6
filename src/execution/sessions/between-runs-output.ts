import type { Output } from '../execution.js';
import { incompleteTail, textOf } from '../output-text.js';

type Stream = keyof Output;

/** What threads and subprocesses print while no code runs, until somebody can be told. */
export class BetweenRunsOutput {
  private readonly kept: Record<Stream, Buffer> = { stdout: EMPTY, stderr: EMPTY };
  private readonly dropped: Record<Stream, boolean> = { stdout: false, stderr: false };

  /** @param limit bytes that are kept of each stream; the oldest go first. */
  constructor(private readonly limit: number) {}

  add(stream: Stream, bytes: Buffer): void {
    const all = Buffer.concat([this.kept[stream], bytes]);
    this.dropped[stream] ||= all.length > this.limit;
    this.kept[stream] = all.subarray(Math.max(0, all.length - this.limit));
  }

  /** All that is whole; the beginning of a character stays until its rest comes. */
  take(): Output | undefined {
    const output = { stdout: this.takeStream('stdout'), stderr: this.takeStream('stderr') };
    return output.stdout || output.stderr ? output : undefined;
  }

  private takeStream(stream: Stream): string {
    const bytes = this.kept[stream];
    if (bytes.length === 0) return '';
    const whole = bytes.length - incompleteTail(bytes);
    this.kept[stream] = bytes.subarray(whole);
    const text = textOf(bytes.subarray(0, whole));
    if (!this.dropped[stream]) return text;
    this.dropped[stream] = false;
    return `[fujian: older output of threads was dropped; FUJIAN_OUTPUT_LIMIT sets the limit]\n${text}`;
  }
}

const EMPTY = Buffer.alloc(0);
