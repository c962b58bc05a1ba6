import { Observable } from 'rxjs';
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
    ready: () => Promise<unknown> | undefined = () => undefined,
  ) {
    super((subscriber) => {
      const unsubscribed = new AbortController();
      run((event) => {
        subscriber.next(event);
        try {
          return ready();
        } catch (error) {
          subscriber.error(error); // unsubscribes
          return undefined;
        }
      }, unsubscribed.signal).then(
        () => subscriber.complete(),
        (error: unknown) => subscriber.error(error),
      );
      return () => unsubscribed.abort();
    });
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
