import { json, Refusal } from '../shared/service.js';
import type { Context } from './wire.js';

/** Milliseconds between two looks. */
const INTERVAL = 2_000;
const LONGEST_PAUSE = 8_000;

export interface Watcher {
  seen(contexts: readonly Context[]): void;
  /** Nobody answers, or with a refusal; it is tried again. */
  lost(refusal: Refusal | undefined): void;
  /** It answers again. */
  found(): void;
  /** It wants a token. */
  refused(): Promise<void>;
}

/** Looks what sessions there are, again and again, and whether there is a service at all. */
export class ServiceWatch {
  private failures = 0;
  /** Of the last failure, as text. */
  private problem: string | undefined;
  private looks = 0;
  private timer: number | undefined;

  constructor(private readonly watcher: Watcher) {
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) void this.look();
    });
    addEventListener('online', () => void this.look());
  }

  /** Now, and then as usual. What an earlier look sees does not count any more. */
  async look(): Promise<void> {
    const look = ++this.looks;
    const isLast = (): boolean => look === this.looks;
    clearTimeout(this.timer);
    try {
      const contexts = await json<Context[]>('contexts');
      if (!isLast()) return;
      if (this.failures > 0) this.watcher.found();
      this.failures = 0;
      this.problem = undefined;
      this.watcher.seen(contexts);
    } catch (error) {
      if (!isLast()) return;
      const refusal = error instanceof Refusal ? error : undefined;
      if (refusal?.status === 401) await this.watcher.refused();
      else this.fail(refusal);
    }
    if (!isLast()) return;
    const pause = this.failures > 0 ? 250 * 2 ** this.failures : INTERVAL;
    // Nobody looks at a page in the background.
    if (!document.hidden) {
      this.timer = setTimeout(() => void this.look(), Math.min(LONGEST_PAUSE, pause));
    }
  }

  private fail(refusal: Refusal | undefined): void {
    this.failures += 1;
    const problem = refusal?.message ?? '';
    if (problem !== this.problem) this.watcher.lost(refusal);
    this.problem = problem;
  }
}
