import { PythonError } from '../../errors/call-errors.js';
import type { CallOptions } from '../execution.js';
import { type KeptId, newKeptId } from '../ids.js';
import { KEPT_ITERATOR } from '../values/decode-value.js';
import { PythonIterator } from './python-iterator.js';
import type { KeepOptions, Operation } from './operation.js';
import type { CallSession } from './call-session.js';

/**
 * What it comes to, which the caller says the type of. An iterator of Python is an `AsyncGenerator`; one that was made
 * in isolation is gone.
 */
export async function resultOf<T>(
  callSession: CallSession,
  operation: Operation,
  options: CallOptions,
): Promise<T> {
  if (options.isolated) return (await callSession.perform(operation, options)) as T;
  const { value, keep } = await performed(callSession, operation, 'value', options);
  if (value !== KEPT_ITERATOR) return value as T;
  return new PythonIterator(keep, callSession).items(options) as T;
}

/** The items of what it comes to, once somebody asks for the first. */
export async function* itemsOf<T>(
  callSession: CallSession,
  operation: Operation,
  options: CallOptions,
): AsyncGenerator<T, void, void> {
  const { value, keep } = await performed(callSession, operation, 'iterator', options);
  yield* value === KEPT_ITERATOR
    ? new PythonIterator(keep, callSession).items<T>(options)
    : (value as Iterable<T> | AsyncIterable<T>);
}

/** What it comes to stays in Python, under the number that is answered. */
export async function heldBy(
  callSession: CallSession,
  operation: Operation,
  options: CallOptions,
): Promise<KeptId> {
  return (await performed(callSession, operation, 'handle', options)).keep;
}

async function performed(
  callSession: CallSession,
  operation: Operation,
  as: KeepOptions['as'],
  options: CallOptions,
): Promise<{ readonly value: unknown; readonly keep: KeptId }> {
  const keep = newKeptId();
  try {
    return { value: await callSession.perform(operation, options, { as, keep }), keep };
  } catch (error) {
    // An interrupt may have struck when it was kept already.
    if (error instanceof PythonError && error.type === 'KeyboardInterrupt')
      callSession.release(keep);
    throw error;
  }
}
