import type { KeptId } from '../ids.js';
import { type EncodedValue, encodeMembers } from '../values/encode-value.js';
import type { KeptObject } from '../values/kept-object.js';

type Names = Readonly<Record<string, unknown>>;

interface Target {
  /**
   * `package.module:function`, or `Class.method` behind the colon; `__main__` is the session's namespace. Of an
   * object, the path to its attribute: empty for itself.
   */
  readonly target: string;
  readonly of?: KeptObject;
}

/** What Python is asked for other than to run code. The same as in operations.py. */
export type Operation =
  | ({ readonly op: 'call'; readonly args: readonly unknown[]; readonly kwargs: Names } & Target)
  | { readonly op: 'evaluate'; readonly expression: string }
  | ({ readonly op: 'find' } & Target)
  | { readonly op: 'set'; readonly names: Names; readonly of?: KeptObject }
  /** Comes to a list of the one item, or of none at the end. */
  | { readonly op: 'next' | 'close'; readonly iterator: KeptId };

/** Beside an operation: what becomes of what it comes to. */
export interface KeepOptions {
  /**
   * `value`: it is sent; but an iterator is kept, and `KEPT_ITERATOR` sent. `iterator`: what gives its items is.
   * `handle`: it is kept, and nothing sent.
   */
  readonly as: 'value' | 'iterator' | 'handle';
  /** Under which number. */
  readonly keep: KeptId;
}

/** @throws UnsupportedValueError */
export function encodeOperation(operation: Operation, keepOptions?: KeepOptions): EncodedValue {
  return encodeMembers({ ...operation, ...keepOptions });
}
