import { json, Refusal } from '../shared/service.js';
import type { Context } from './wire.js';

/** Milliseconds between two polls. */
const INTERVAL = 2_000;
const LONGEST_PAUSE = 8_000;

export interface Watcher {
  seen(contexts: readonly Context[]): void;
  /** The service does not answer, or refuses. Polling goes on. */
  lost(refusal: Refusal | undefined): void;
  /** The service answers again. */
  found(): void;
  /** The service requires a token. */
  refused(): Promise<void>;
}

/** Polls the sessions, and with them whether the service answers. */
export class ServiceWatch {
  private failures = 0;
  /** The last failure, as text. */
  private problem: string | undefined;
  private looks = 0;
  private timer: number | undefined;

  constructor(private readonly watcher: Watcher) {
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) void this.look();
    });
    addEventListener('online', () => void this.look());
  }

  /** Polls now, then at the usual interval. The result of an earlier poll no longer counts. */
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
    // A page in the background need not poll.
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
