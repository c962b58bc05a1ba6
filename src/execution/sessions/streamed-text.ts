import { incompleteTail, textOf } from '../output-text.js';

const NOTHING = Buffer.alloc(0);

/** Decodes bytes that arrive in chunks; holds an incomplete character until its rest arrives. */
export class StreamedText {
  private held: Buffer = NOTHING;

  add(bytes: Buffer): string {
    const all = this.held.length === 0 ? bytes : Buffer.concat([this.held, bytes]);
    const whole = all.length - incompleteTail(all);
    this.held = Buffer.from(all.subarray(whole));
    return textOf(all.subarray(0, whole));
  }

  /** Returns the text of the bytes still held. */
  end(): string {
    const text = textOf(this.held);
    this.held = NOTHING;
    return text;
  }
}
