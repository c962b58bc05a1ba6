import type { Output } from '../../errors/interpreter-death.js';
import { incompleteTail, textOf } from '../output-text.js';

type Stream = keyof Output;

/**
 * Buffer for the output of threads and subprocesses while no code runs, until a client can receive
 * it.
 */
export class BetweenRunsOutput {
  private readonly kept: Record<Stream, Buffer[]> = { stdout: [], stderr: [] };
  private readonly size: Record<Stream, number> = { stdout: 0, stderr: 0 };
  private readonly dropped: Record<Stream, boolean> = { stdout: false, stderr: false };

  /** @param limit bytes kept of each stream; beyond it, the oldest are dropped. */
  constructor(private readonly limit: number) {}

  add(stream: Stream, bytes: Buffer): void {
    const kept = this.kept[stream];
    kept.push(bytes);
    this.size[stream] += bytes.length;
    while (this.size[stream] > this.limit) {
      this.dropped[stream] = true;
      const excess = this.size[stream] - this.limit;
      const oldest = kept[0]!;
      if (oldest.length <= excess) kept.shift();
      else kept[0] = oldest.subarray(excess);
      this.size[stream] -= Math.min(excess, oldest.length);
    }
  }

  /** Takes all complete characters; undefined if there are none. An incomplete one stays. */
  take(): Output | undefined {
    const output = { stdout: this.takeStream('stdout'), stderr: this.takeStream('stderr') };
    return output.stdout || output.stderr ? output : undefined;
  }

  private takeStream(stream: Stream): string {
    if (this.size[stream] === 0) return '';
    const bytes = Buffer.concat(this.kept[stream]);
    const whole = bytes.length - incompleteTail(bytes);
    const rest = bytes.subarray(whole);
    this.kept[stream] = rest.length > 0 ? [rest] : [];
    this.size[stream] = rest.length;
    const text = textOf(bytes.subarray(0, whole));
    if (!this.dropped[stream]) return text;
    this.dropped[stream] = false;
    return `[fujian: older output of threads was dropped; FUJIAN_OUTPUT_LIMIT sets the limit]\n${text}`;
  }
}
