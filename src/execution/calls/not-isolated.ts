/** Excludes isolated execution, whose fork is discarded and cannot keep objects. */
export interface NotIsolated {
  readonly isolated?: never;
}
