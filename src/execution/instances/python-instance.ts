/** Injection token of the `PythonInstance` that the providers of an `ExecutionModule` belong to. */
export const PYTHON_INSTANCE = Symbol('fujian:python-instance');

/** One of the Pythons of an application. */
export class PythonInstance {
  constructor(readonly name: string | undefined) {}

  /** Under which it logs. */
  get logContext(): string {
    return this.name === undefined ? 'Python' : `Python ${this.name}`;
  }
}
