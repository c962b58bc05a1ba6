const BRAND = Symbol.for('fujian.error');

/**
 * Base class of all errors of this package. Tell them apart by their stable `code`, or by
 * `instanceof`, which also recognises errors of another copy of this package.
 */
export abstract class FujianError extends Error {
  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
    Object.defineProperty(this, Symbol.hasInstance, {
      value(this: { readonly name: string }, value: unknown): boolean {
        const isOwn = Function.prototype[Symbol.hasInstance].call(this, value);
        return isOwn || (isOfCopy(value) && classesOf(value).includes(this.name));
      },
    });
  }

  abstract readonly code: `FUJIAN_${string}`;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The request is valid but was not run, or not to its end; it may succeed later. */
export abstract class UnavailableError extends FujianError {
  /** Seconds to wait before a retry. */
  readonly retryAfter: number = 1;
}

function isOfCopy(value: unknown): value is object {
  return typeof value === 'object' && value !== null && BRAND in value;
}

/** Returns the names of an object's classes. */
function classesOf(value: object): string[] {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null) return [];
  return [prototype.constructor.name, ...classesOf(prototype)];
}
