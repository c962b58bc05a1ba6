/** What all errors of this package have: a stable `code`, by which code should tell them apart. */
export abstract class FujianError extends Error {
  abstract readonly code: `FUJIAN_${string}`;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
