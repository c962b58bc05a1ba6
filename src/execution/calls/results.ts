import { PythonError } from '../../errors/call-errors.js';
import type { CallOptions } from '../execution.js';
import { type KeptId, newKeptId } from '../ids.js';
import { KEPT_ITERATOR } from '../values/decode-value.js';
import { PythonIterator } from './python-iterator.js';
import type { KeepOptions, Operation } from './operation.js';
import type { CallSession } from './call-session.js';
import { iteratedInPresentContext } from './waiting-python.js';

/**
 * Returns the value of an operation, as the type that the caller states. A Python iterator becomes
 * an `AsyncGenerator`, except in isolation, where it cannot be kept.
 */
export async function resultOf<T>(
  callSession: CallSession,
  operation: Operation,
  options: CallOptions,
): Promise<T> {
  if (options.isolated) return (await callSession.perform(operation, options)) as T;
  const { value, keep } = await performKeeping(callSession, operation, 'value', options);
  if (value !== KEPT_ITERATOR) return value as T;
  return iteratedInPresentContext(new PythonIterator(keep, callSession).items(options)) as T;
}

/** Yields the items of an operation's value; the operation starts with the first. */
export async function* itemsOf<T>(
  callSession: CallSession,
  operation: Operation,
  options: CallOptions,
): AsyncGenerator<T, void, void> {
  const { value, keep } = await performKeeping(callSession, operation, 'iterator', options);
  yield* value === KEPT_ITERATOR
    ? new PythonIterator(keep, callSession).items<T>(options)
    : (value as Iterable<T> | AsyncIterable<T>);
}

/** Keeps the value of an operation in Python and returns its id. */
export async function heldBy(
  callSession: CallSession,
  operation: Operation,
  options: CallOptions,
): Promise<KeptId> {
  return (await performKeeping(callSession, operation, 'handle', options)).keep;
}

/** Performs an operation that may keep its value under a new id. */
async function performKeeping(
  callSession: CallSession,
  operation: Operation,
  as: KeepOptions['as'],
  options: CallOptions,
): Promise<{ readonly value: unknown; readonly keep: KeptId }> {
  const keep = newKeptId();
  try {
    return { value: await callSession.perform(operation, options, { as, keep }), keep };
  } catch (error) {
    // The interrupt may have come after the value was kept.
    if (error instanceof PythonError && error.type === 'KeyboardInterrupt')
      callSession.release(keep);
    throw error;
  }
}
