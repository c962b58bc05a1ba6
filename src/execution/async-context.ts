import { AsyncLocalStorage } from 'node:async_hooks';
import { Observable } from 'rxjs';

/**
 * Runs a function outside of the async context of any request, so that what it opens (channels,
 * timers) does not run its events in that of the request that happened to come first.
 */
export const outsideOfRequests: <Result>(act: () => Result) => Result =
  AsyncLocalStorage.snapshot();

/** Returns an observable that emits in the async context of each subscriber. */
export function inContextOfSubscriber<Value>(source: Observable<Value>): Observable<Value> {
  return new Observable((subscriber) => {
    const inContext = AsyncLocalStorage.snapshot();
    return source.subscribe({
      next: (value) => inContext(() => subscriber.next(value)),
      error: (error: unknown) => inContext(() => subscriber.error(error)),
      complete: () => inContext(() => subscriber.complete()),
    });
  });
}
