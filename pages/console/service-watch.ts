import { json, Refusal } from '../shared/service.js';
import type { Context } from './wire.js';

/** Milliseconds between two looks. */
const INTERVAL = 2_000;
const LONGEST_PAUSE = 8_000;

export interface Watcher {
  seen(contexts: readonly Context[]): void;
  /** Nobody answers; it is tried again. */
  lost(): void;
  /** It answers again. */
  found(): void;
  /** It wants a token. */
  refused(): Promise<void>;
}

/** Looks what sessions there are, again and again, and whether there is a service at all. */
export class ServiceWatch {
  private failures = 0;
  private timer: number | undefined;

  constructor(private readonly watcher: Watcher) {
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) void this.look();
    });
    addEventListener('online', () => void this.look());
  }

  /** Now, and then as usual. */
  async look(): Promise<void> {
    clearTimeout(this.timer);
    try {
      const contexts = await json<Context[]>('contexts');
      if (this.failures > 0) this.watcher.found();
      this.failures = 0;
      this.watcher.seen(contexts);
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) await this.watcher.refused();
      else if (this.failures++ === 0) this.watcher.lost();
    }
    clearTimeout(this.timer);
    const pause = this.failures > 0 ? 250 * 2 ** this.failures : INTERVAL;
    // Nobody looks at a page in the background.
    if (!document.hidden) {
      this.timer = setTimeout(() => void this.look(), Math.min(LONGEST_PAUSE, pause));
    }
  }
}
