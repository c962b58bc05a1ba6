import type { CallOptions } from '../execution.js';
import { HeldObject } from './held-object.js';

/** Iterator that Python keeps and advances on demand. */
export class PythonIterator extends HeldObject {
  /**
   * Yields the items. Leaving the loop early closes the generator, so that its `finally` blocks
   * run.
   *
   * @throws PythonError if the iterator raises
   */
  async *items<T>(options: CallOptions): AsyncGenerator<T, void, void> {
    let isOpen = true;
    try {
      for (;;) {
        const items = await this.owner.perform({ op: 'next', iterator: this.id }, options);
        const [item] = items as T[];
        isOpen = (items as T[]).length > 0;
        if (!isOpen) return;
        yield item as T;
      }
    } catch (error) {
      isOpen = false;
      // Usually the iterator has ended. If not, and closing fails too, the first error tells more.
      await this.close(options).catch(() => undefined);
      throw error;
    } finally {
      if (isOpen) await this.close(options);
      this.release();
    }
  }

  /** Closes the iterator, without the caller's signal, whose abort may be the reason. */
  private async close(options: CallOptions): Promise<void> {
    const { signal } = new AbortController();
    await this.owner.perform({ op: 'close', iterator: this.id }, { ...options, signal });
  }
}
