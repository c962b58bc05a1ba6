import { type EncodedValue, encodeMembers } from './encode-value.js';

/** What Python is asked for other than to run code. The same as in operations.py. */
export type Operation =
  /** `package.module:function`, or `Class.method` behind the colon; `__main__` is the session's namespace. */
  | {
      readonly op: 'call';
      readonly target: string;
      readonly args: readonly unknown[];
      readonly kwargs: Readonly<Record<string, unknown>>;
    }
  | { readonly op: 'evaluate'; readonly expression: string }
  | { readonly op: 'get'; readonly name: string }
  | { readonly op: 'set'; readonly names: Readonly<Record<string, unknown>> };

/** @throws UnsupportedValueError */
export function encodeOperation(operation: Operation): EncodedValue {
  return encodeMembers({ ...operation });
}
