/** Injection token of the `ExecutionOptions`. */
export const EXECUTION_OPTIONS = Symbol('fujian:execution-options');
