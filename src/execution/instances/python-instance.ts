/** Injection token of an `ExecutionModule`'s `PythonInstance`. */
export const PYTHON_INSTANCE = Symbol('fujian:python-instance');

/** Identity of one Python in an application. */
export class PythonInstance {
  constructor(readonly name: string | undefined) {}

  /** Context of its log messages. */
  get logContext(): string {
    return this.name === undefined ? 'Python' : `Python ${this.name}`;
  }
}
