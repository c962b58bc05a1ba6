import type { StreamEvent } from '../../execution/stream-events.js';

/** Characters beyond which text is not held back any longer. */
const ENOUGH = 64 * 1024;
/** Milliseconds that text waits for the end of its line. */
const PATIENCE = 1;

type Printed = Extract<StreamEvent, { type: 'stdout' | 'stderr' }>;

/**
 * Joins a text and its line end, which `print()` writes separately, so that clients get both at
 * once.
 */
export class PrintedText {
  private held: Printed | undefined;
  private readonly patience: NodeJS.Timeout;

  constructor(private readonly tell: (event: StreamEvent) => void) {
    this.patience = setTimeout(() => this.release(), PATIENCE);
  }

  take(event: StreamEvent): void {
    if (event.type !== 'stdout' && event.type !== 'stderr') {
      this.release();
      this.tell(event);
      return;
    }
    if (this.held?.type !== event.type) this.release();
    const text = (this.held?.text ?? '') + event.text;
    this.held = { type: event.type, text };
    if (text.endsWith('\n') || text.length > ENOUGH) this.release();
    else this.patience.refresh();
  }

  release(): void {
    const { held } = this;
    this.held = undefined;
    if (held) this.tell(held);
  }
}
