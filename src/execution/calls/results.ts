import { PythonError } from '../../errors/call-errors.js';
import type { CallOptions } from '../execution.js';
import { type KeptId, newKeptId } from '../ids.js';
import { KEPT_ITERATOR } from '../values/decode-value.js';
import { PythonIterator } from './python-iterator.js';
import type { Keeping, Operation } from './operation.js';
import type { Performer } from './performer.js';

/**
 * What it comes to, which the caller says the type of. An iterator of Python is an `AsyncGenerator`; one that was made
 * in isolation is gone.
 */
export async function resultOf<T>(
  performer: Performer,
  operation: Operation,
  options: CallOptions,
): Promise<T> {
  if (options.isolated) return (await performer.perform(operation, options)) as T;
  const { value, keep } = await performed(performer, operation, 'value', options);
  if (value !== KEPT_ITERATOR) return value as T;
  return new PythonIterator(keep, performer).items(options) as T;
}

/** The items of what it comes to, once somebody asks for the first. */
export async function* itemsOf<T>(
  performer: Performer,
  operation: Operation,
  options: CallOptions,
): AsyncGenerator<T, void, void> {
  const { value, keep } = await performed(performer, operation, 'iterator', options);
  yield* value === KEPT_ITERATOR
    ? new PythonIterator(keep, performer).items<T>(options)
    : (value as Iterable<T> | AsyncIterable<T>);
}

/** What it comes to stays in Python, under the number that is answered. */
export async function heldBy(
  performer: Performer,
  operation: Operation,
  options: CallOptions,
): Promise<KeptId> {
  return (await performed(performer, operation, 'handle', options)).keep;
}

async function performed(
  performer: Performer,
  operation: Operation,
  as: Keeping['as'],
  options: CallOptions,
): Promise<{ readonly value: unknown; readonly keep: KeptId }> {
  const keep = newKeptId();
  try {
    return { value: await performer.perform(operation, options, { as, keep }), keep };
  } catch (error) {
    // An interrupt may have struck when it was kept already.
    if (error instanceof PythonError && error.type === 'KeyboardInterrupt') performer.release(keep);
    throw error;
  }
}
