const BRAND = Symbol.for('fujian.value');

/**
 * Has `instanceof` recognise instances that another copy of this package has made, as there is when
 * two packages of an application depend on different versions.
 */
export function recogniseCopies(
  known: abstract new (...args: never[]) => object,
  name: string,
): void {
  Object.defineProperty(known.prototype, BRAND, { value: name });
  Object.defineProperty(known, Symbol.hasInstance, {
    value(this: unknown, value: { readonly [BRAND]?: unknown } | null | undefined): boolean {
      // A subclass inherits this method.
      return this === known
        ? value?.[BRAND] === name
        : Function.prototype[Symbol.hasInstance].call(this, value);
    },
  });
}
