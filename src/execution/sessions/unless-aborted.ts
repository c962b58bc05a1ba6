import { ExecutionAbortedError } from '../../errors/execution-errors.js';

/**
 * Settles as `awaited`, unless the signal is aborted first.
 *
 * @throws ExecutionAbortedError as soon as the signal is aborted
 */
export function unlessAborted<Result>(
  awaited: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (!signal) return awaited;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new ExecutionAbortedError(signal.reason));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    const settled = (): void => signal.removeEventListener('abort', abort);
    awaited.then(resolve, reject).then(settled, settled);
  });
}
