const BRAND = Symbol.for('fujian.value');

/** Returns whether a value is an instance of a class of this package, or of a copy of it. */
export function isRecognised(value: object): boolean {
  return BRAND in value;
}

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
