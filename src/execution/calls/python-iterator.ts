import type { CallOptions } from '../execution.js';
import { HeldObject } from './held-object.js';

/** An iterator that Python keeps: what it gives is made when it is asked for, one by one. */
export class PythonIterator extends HeldObject {
  /**
   * Whoever leaves it early closes it, and whatever its generator has in a `finally` runs.
   *
   * @throws what the iterator raises, as `PythonError`
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
      // It is over, mostly. If not, and it cannot be closed either, the first error tells more.
      await this.close(options).catch(() => undefined);
      throw error;
    } finally {
      if (isOpen) await this.close(options);
      this.release();
    }
  }

  /** Not with the signal, which may be why it is to be closed. */
  private async close(options: CallOptions): Promise<void> {
    const { signal } = new AbortController();
    await this.owner.perform({ op: 'close', iterator: this.id }, { ...options, signal });
  }
}
