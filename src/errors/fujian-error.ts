/** What all errors of this package have: a stable `code`, by which code should tell them apart. */
export abstract class FujianError extends Error {
  abstract readonly code: `FUJIAN_${string}`;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Nothing was run and nothing is wrong with the request: the same request may succeed later. */
export abstract class UnavailableError extends FujianError {
  /** Seconds after which another try makes sense. */
  readonly retryAfter: number = 1;
}
