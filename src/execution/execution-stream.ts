import { Observable, type Observer, type Subscriber, type Subscription } from 'rxjs';
import type { StreamEvent, ExecutionListener } from './stream-events.js';

/**
 * Starts an execution whose events go to the listener; interrupts it when the signal is aborted.
 */
type Run = (listener: ExecutionListener, signal: AbortSignal) => Promise<unknown>;

/**
 * Events of an execution. Each subscription starts an execution of its own; unsubscribing
 * interrupts it.
 *
 * An `Observable` has no backpressure. A slow consumer either iterates (`for await`), so that the
 * code waits until each event is read, or passes `ready` to `stream()`.
 */
export class ExecutionStream extends Observable<StreamEvent> {
  constructor(
    private readonly run: Run,
    private readonly ready: () => Promise<unknown> | undefined = () => undefined,
  ) {
    super((subscriber) => this.begin(subscriber, (event) => subscriber.next(event)));
  }

  /**
   * Starts the execution. If `next` throws, or its promise rejects, the code is interrupted, and
   * the stream fails with that error. RxJS would throw it into the process.
   */
  override subscribe(
    observer?: Partial<Observer<StreamEvent>> | ((event: StreamEvent) => unknown) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // An operator of RxJS handles the errors of its function.
    if (typeof observer === 'object' && observer && 'unsubscribe' in observer) {
      return super.subscribe(observer);
    }
    const told = typeof observer === 'function' ? { next: observer, error, complete } : observer;
    return new Observable<never>((subscriber) =>
      this.begin(subscriber, (event) => subscriber.closed || told?.next?.(event)),
    ).subscribe({
      ...(told?.error && { error: (thrown: unknown) => told.error?.(thrown) }),
      ...(told?.complete && { complete: () => told.complete?.() }),
    });
  }

  /** Calls `next` for each event. Rejects if it throws, or if its promise rejects. */
  override forEach(next: (event: StreamEvent) => unknown): Promise<void> {
    return new Promise((complete, error) => this.subscribe({ next, error, complete }));
  }

  /** Runs the code for a subscriber. Returns what interrupts it. */
  private begin(
    subscriber: Subscriber<StreamEvent>,
    next: (event: StreamEvent) => unknown,
  ): () => void {
    const unsubscribed = new AbortController();
    const listener: ExecutionListener = (event, watch) => {
      watch(next(event));
      return this.ready();
    };
    this.run(listener, unsubscribed.signal).then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
    return () => unsubscribed.abort();
  }

  /** Returns this stream with a check that comes before each execution, and may refuse it. */
  after(check: () => void): ExecutionStream {
    return new ExecutionStream(async (...given) => {
      check();
      return this.run(...given);
    }, this.ready);
  }

  /** Yields one event at a time. Leaving the loop early interrupts the execution. */
  async *[Symbol.asyncIterator](): AsyncGenerator<StreamEvent, void, void> {
    const left = new AbortController();
    const events: { event: StreamEvent; read(): void }[] = [];
    let wake = (): void => undefined;
    let isOver = false;
    const ended = this.run((event) => {
      // One promise per event: some events come before the previous one was read.
      const isRead = new Promise<void>((read) => events.push({ event, read }));
      wake();
      return isRead;
    }, left.signal).finally(() => {
      isOver = true;
      wake();
    });
    ended.catch(() => undefined); // rethrown below unless the loop was left
    try {
      for (;;) {
        const next = events.shift();
        if (next) {
          yield next.event;
          next.read();
        } else if (isOver) {
          await ended;
          return;
        } else {
          await new Promise<void>((resolve) => (wake = resolve));
        }
      }
    } finally {
      left.abort();
    }
  }
}
