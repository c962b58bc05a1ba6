import type { FunctionId } from '../../../ids.js';
import { type EncodedValue, encodeMembers } from '../../../values/encode-value.js';
import { described, thrownText } from '../../../thrown.js';
import type { CallFunction, JavaScriptFunction } from '../../../values/javascript-function.js';

export interface FunctionCall {
  readonly called: FunctionId;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

export type CallReply =
  | { readonly kind: 'returned'; readonly value: EncodedValue }
  | { readonly kind: 'thrown'; readonly message: string; readonly stack: string };

/** JavaScript functions that one interpreter holds and can call. */
export class CallableFunctions {
  private readonly functions = new Map<
    FunctionId,
    { readonly called: JavaScriptFunction; readonly callFunction: CallFunction }
  >();

  /** @param callFunction calls these functions, and the functions that they return. */
  add(
    functions: ReadonlyMap<FunctionId, JavaScriptFunction>,
    callFunction: CallFunction = plainly,
  ): void {
    for (const [id, called] of functions) this.functions.set(id, { called, callFunction });
  }

  forget(ids: Iterable<FunctionId>): void {
    for (const id of ids) this.functions.delete(id);
  }

  /** Returns the function that was passed under this id. */
  readonly find = (id: FunctionId): JavaScriptFunction => this.functions.get(id)?.called ?? gone;

  /** Calls a function and returns its reply. Never rejects. */
  async call({ called: id, args, kwargs }: FunctionCall): Promise<CallReply> {
    try {
      const { called, callFunction } = this.functions.get(id) ?? {
        called: gone,
        callFunction: plainly,
      };
      const given = Object.keys(kwargs).length > 0 ? [...args, kwargs] : args;
      const value = encodeMembers({ result: await callFunction(called, ...given) });
      this.add(value.functions, callFunction);
      return { kind: 'returned', value };
    } catch (error) {
      const thrown = described(error);
      return { kind: 'thrown', message: thrownText(thrown), stack: thrown.stack };
    }
  }
}

/** Stands for a function that this interpreter does not hold. */
function gone(): never {
  throw new Error('this function belongs to another session, or was released');
}

const plainly: CallFunction = async (called, ...args) => called(...args);
