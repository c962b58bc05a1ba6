/** Injection token of the `CodeInterpreterOptions`. */
export const CODE_INTERPRETER_OPTIONS = Symbol('fujian:code-interpreter-options');

/** Of the code-interpreter protocol. Every member is optional. */
export interface CodeInterpreterOptions {
  /** Bytes that the body of an `/execute` may have. Default 10 MiB. */
  readonly bodyLimit?: number;
  /** Milliseconds of silence after which a client is told that its execution goes on. Default 5,000. */
  readonly keepAlive?: number;
}
