import type { KeptId } from '../ids.js';
import { needArray, needNames, needText } from './argument-types.js';
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

/**
 * Checks the types of a caller's arguments. Python would complain of something else.
 *
 * @throws InvalidArgumentError
 */
function checkTypes(operation: Operation): void {
  switch (operation.op) {
    case 'call':
      needText('The target of a call', operation.of ? METHOD : FUNCTION, operation.target);
      needArray('The arguments of a call', operation.args);
      needNames('The keyword arguments of a call', operation.kwargs);
      return;
    case 'evaluate':
      needText('The expression', 'a string of Python code', operation.expression);
      return;
    case 'find':
      needText('The target', operation.of ? 'the name of an attribute' : MODULE, operation.target);
      return;
    case 'set':
      needNames('The names to set', operation.names);
      return;
    case 'next':
    case 'close':
  }
}

const FUNCTION = "a string like 'package.module:function'";
const METHOD = 'the name of a method';
const MODULE = "a string like 'package.module' or 'package.module:name'";
