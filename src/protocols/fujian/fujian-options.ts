/** Injection token of the `FujianOptions`. */
export const FUJIAN_OPTIONS = Symbol('fujian:fujian-options');

/** Of the Fujian protocol. Every member is optional. */
export interface FujianOptions {
  /** Bytes of source code that a request may hold. Default 10 MiB. */
  readonly bodyLimit?: number;
}
