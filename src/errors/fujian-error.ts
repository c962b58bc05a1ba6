/** Base class of all errors of this package. Tell them apart by their stable `code`. */
export abstract class FujianError extends Error {
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
