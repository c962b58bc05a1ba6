import { ByteBlocks } from '../../../byte-blocks.js';
import { LongText, type Text } from '../../../long-text.js';
import { textWithSurrogates } from '../../../output-text.js';

/** Collects a return value that comes in parts. */
export class ReturnedText {
  private readonly kept = new ByteBlocks();
  private dropped = 0;

  /** @param limit bytes that are kept. */
  constructor(private readonly limit: number) {}

  add(part: Buffer): void {
    const kept = part.subarray(0, Math.max(0, this.limit - this.kept.size));
    this.kept.add(kept);
    this.dropped += part.length - kept.length;
  }

  /** Takes the text. Returns an empty one if no part has come. */
  take(): Text {
    if (this.kept.size === 0) return '';
    if (this.dropped === 0) return LongText.of(this.kept.take(), textWithSurrogates);
    const dropped = this.dropped + this.kept.takeIncompleteTail().length;
    this.dropped = 0;
    const notice = `\n[fujian: the return value was cut here after ${this.kept.size} bytes, ${dropped} more were dropped; FUJIAN_OUTPUT_LIMIT sets the limit]\n`;
    return LongText.join(LongText.of(this.kept.take(), textWithSurrogates), notice);
  }
}
