/** Injection token of the `FujianOptions`. */
export const FUJIAN_OPTIONS = Symbol('fujian:fujian-options');

/** Options of the Fujian protocol. */
export interface FujianOptions {
  /** Bytes of source code that a request may hold. Default 10 MiB. */
  readonly bodyLimit?: number;
}
