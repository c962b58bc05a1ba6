import type { KeptId } from '../ids.js';
import { checkTypes } from './argument-types.js';
import { type EncodedValue, encodeMembers } from '../values/encode-value.js';
import type { KeptObject } from '../values/kept-object.js';

type Names = Readonly<Record<string, unknown>>;

interface Target {
  /**
   * `package.module:function` or `package.module:Class.method`; `__main__` is the session's
   * namespace. With `of`, the path to an attribute of that object, or empty for the object itself.
   */
  readonly target: string;
  readonly of?: KeptObject;
}

/** Request to Python other than to run code. Matches operations.py. */
export type Operation =
  | ({ readonly op: 'call'; readonly args: readonly unknown[]; readonly kwargs: Names } & Target)
  | { readonly op: 'evaluate'; readonly expression: string }
  | ({ readonly op: 'find' } & Target)
  | { readonly op: 'set'; readonly names: Names; readonly of?: KeptObject }
  /** Its value is a list of one item, or an empty list at the end. */
  | { readonly op: 'next' | 'close'; readonly iterator: KeptId };

/** How an operation returns its value. */
export interface KeepOptions {
  /**
   * `value`: sends the value, but keeps an iterator and sends `KEPT_ITERATOR`. `iterator`: keeps an
   * iterator over the value. `handle`: keeps the value and sends none.
   */
  readonly as: 'value' | 'iterator' | 'handle';
  /** Id of a kept object. */
  readonly keep: KeptId;
}

/** Levels around the caller's values: `args`, `kwargs` or `names`. */
const ENCLOSING = 1;

/** @throws InvalidArgumentError, UnsupportedValueError */
export function encodeOperation(operation: Operation, keepOptions?: KeepOptions): EncodedValue {
  checkTypes(operation);
  return encodeMembers({ ...operation, ...keepOptions }, ENCLOSING);
}
