/** Injection token of the `CodeInterpreterOptions`. */
export const CODE_INTERPRETER_OPTIONS = Symbol('fujian:code-interpreter-options');

/** Options of the code-interpreter protocol. */
export interface CodeInterpreterOptions {
  /** Bytes that the body of an `/execute` may have. Default 10 MiB. */
  readonly bodyLimit?: number;
  /** Milliseconds of silence after which a client gets a keep-alive line. Default 5,000. */
  readonly keepAlive?: number;
}
