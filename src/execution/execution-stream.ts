import { Observable } from 'rxjs';
import type { StreamEvent, ExecutionListener } from './stream-events.js';

/** Starts an execution whose events go to the listener; ends it if the signal is aborted. */
type Run = (listener: ExecutionListener, signal: AbortSignal) => Promise<unknown>;

/**
 * The events of an execution, which begins when somebody subscribes, anew for each. To unsubscribe
 * interrupts it.
 *
 * An `Observable` cannot slow its source down. Whoever reads slowly either iterates (`for await`): then the
 * code waits whenever it is an event ahead; or passes `ready` to `stream()`.
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
          subscriber.error(error); // which unsubscribes
          return undefined;
        }
      }, unsubscribed.signal).then(
        () => subscriber.complete(),
        (error: unknown) => subscriber.error(error),
      );
      return () => unsubscribed.abort();
    });
  }

  /** One event at a time. To leave the loop early interrupts the execution. */
  async *[Symbol.asyncIterator](): AsyncGenerator<StreamEvent, void, void> {
    const left = new AbortController();
    const events: { event: StreamEvent; read(): void }[] = [];
    let wake = (): void => undefined;
    let isOver = false;
    const ended = this.run((event) => {
      // Each has a promise of its own: not everything waits for the one before.
      const isRead = new Promise<void>((read) => events.push({ event, read }));
      wake();
      return isRead;
    }, left.signal).finally(() => {
      isOver = true;
      wake();
    });
    ended.catch(() => undefined); // thrown below, to whoever still iterates
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
